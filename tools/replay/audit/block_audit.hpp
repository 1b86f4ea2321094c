#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "events/world.hpp"
#include "tools/replay/audit/finding.hpp"
#include "tools/replay/audit/prepared.hpp"

namespace horae::replay {

/// Checks that blocks kept to their ordering rule, from the log alone: what a block executed and
/// skipped must be what the rule chooses from the mempool as it was at the block's pool position;
/// of another member's block, in whose log that pool is, the order within it must be the rule's.
/// That its decision is the rules' own is SharedAudit's to check.
class BlockAudit {
 public:
  /// Of the mempool's facts since a block's position as many bytes are kept; if there are more
  /// until the next block, they are read once more, with this reader.
  BlockAudit(LogReader reader, std::size_t most_kept)
      : reader_(std::move(reader)), most_kept_(most_kept) {
    pool_.use = PoolUse::chooses;
  }

  /// Each of the mempool's facts in order, once it was checked and folded; it lies in the slice.
  void follow(std::uint64_t seq, BytesView payload, const Slice& slice);

  /// seq: of the record of the block; before: the fold of everything before it. Nothing where the
  /// block is in order.
  [[nodiscard]] Outcome<std::optional<Finding>> check(const World& before, std::uint64_t seq,
                                                      schema::BlockSealed::Reader block);
  /// The same for a block that is taken as it is; a position that there is not is passed over.
  [[nodiscard]] Outcome<void> pass(const World& before, schema::BlockSealed::Reader block);

 private:
  /// Of one slice, those not followed yet.
  struct Kept {
    std::shared_ptr<const void> bytes;
    std::size_t size = 0;
    std::vector<std::pair<std::uint64_t, BytesView>> facts;
    std::size_t next = 0;
  };

  [[nodiscard]] static std::optional<Finding> check_within(std::uint64_t seq,
                                                           schema::BlockSealed::Reader block);
  Outcome<void> advance(std::uint64_t position);
  Outcome<void> read_again(std::uint64_t position);
  void take(std::uint64_t seq, BytesView payload);
  [[nodiscard]] std::optional<Finding> check_order(const World& before, std::uint64_t seq,
                                                   schema::BlockSealed::Reader block) const;

  LogReader reader_;
  std::size_t most_kept_;
  std::deque<Kept> kept_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t let_go_ = 0;  // up to this record they are read again
  std::uint64_t taken_ = 0;   // record of the last fact that stands in the pool
  Mempool pool_;              // at the pool position of the last block
};

}  // namespace horae::replay
