#pragma once

#include <map>
#include <optional>
#include <vector>

#include "edges/comet_commit.hpp"
#include "events/world.hpp"
#include "tools/replay/audit/finding.hpp"

namespace horae::replay {

/// A header of consensus that the log has with its signatures, once it was checked. It shows the
/// state after the height before its own.
struct ShownHeader {
  std::uint64_t seq = 0;        // of the record that has it
  std::uint64_t state_seq = 0;  // of the record that says that the height before it was applied
  CheckedCommit commit;
  std::vector<ConsensusMember> members;  // at its height, by this log
};

/// Checks what a log says of its pool's consensus: that the app hash of each height is that of the
/// shared facts up to there, and that each header that was kept is of the pool's chain and of the
/// block that was applied at its height, carries the app hash of the height before, names the
/// members that this log has at its height, and is signed by more than two thirds of their power.
class QuorumAudit {
 public:
  /// A record of the pool's domain, with the fold after it; what is wrong with it, if anything.
  [[nodiscard]] std::optional<Finding> see(const World& after, const RecordView& record);
  /// For one that is taken as it is.
  void pass(const World& after, const RecordView& record);

  /// The last one that was checked.
  [[nodiscard]] const std::optional<ShownHeader>& newest() const { return newest_; }
  /// How many were.
  [[nodiscard]] std::uint64_t checked() const { return checked_; }

 private:
  // What a header that is wanted has to carry.
  struct Expected {
    std::uint64_t state_seq = 0;
    Hash32 app_hash;
    Hash32 block;  // its own hash, once it is applied
  };

  std::optional<Finding> check(const World& after, std::uint64_t seq,
                               schema::ConsensusBlockSigned::Reader kept);
  void applied(const World& after, std::uint64_t seq);
  void forget_below(std::uint64_t height);

  std::map<std::uint64_t, Expected> expected_;                     // by height
  std::map<std::uint64_t, std::vector<ConsensusMember>> members_;  // by the first height
  std::optional<ShownHeader> newest_;
  std::uint64_t checked_ = 0;
};

}  // namespace horae::replay
