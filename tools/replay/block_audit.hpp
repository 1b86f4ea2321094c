#pragma once

#include <optional>
#include <vector>

#include "events/world.hpp"
#include "tools/replay/finding.hpp"
#include "tools/replay/prepared.hpp"

namespace horae::replay {

/// Checks that blocks kept to their ordering rule, from the log alone: what a block executed and
/// skipped must be what the rule chooses from the mempool as it was at the block's pool position.
/// That its decision is the rules' own is SharedAudit's to check.
class BlockAudit {
 public:
  /// slices begin at record 1 and are for this alone: the mempool's facts are followed behind the
  /// fold.
  explicit BlockAudit(Slices slices) : slices_(std::move(slices)) { pool_.only_chooses = true; }

  /// seq: of the record of the block; before: the fold of everything before it. The records before
  /// seq must have been checked. Nothing where the block is in order.
  [[nodiscard]] Outcome<std::optional<Finding>> check(const World& before, std::uint64_t seq,
                                                      schema::BlockSealed::Reader block);

 private:
  Outcome<void> advance(std::uint64_t position);
  [[nodiscard]] std::optional<Finding> check_order(const World& before, std::uint64_t seq,
                                                   schema::BlockSealed::Reader block) const;

  Slices slices_;
  Slice slice_;
  std::size_t next_ = 0;  // record of the slice
  Mempool pool_;          // at the pool position of the last block
};

}  // namespace horae::replay
