#pragma once

#include <optional>
#include <vector>

#include "events/world.hpp"
#include "tools/replay/finding.hpp"
#include "tools/replay/source.hpp"

namespace horae::replay {

/// Checks that blocks kept to their ordering rule, from the log alone: what a block executed and
/// skipped must be what the rule chooses from the mempool as it was at the block's pool position.
/// That its decision is the rules' own is SharedAudit's to check.
class BlockAudit {
 public:
  /// walk begins at record 1 and is for this alone: it follows the mempool's facts behind the fold.
  explicit BlockAudit(Walk walk) : walk_(std::move(walk)) {}

  /// seq: of the record of the block; before: the fold of everything before it. The records before
  /// seq must have been checked. Nothing where the block is in order.
  [[nodiscard]] Outcome<std::optional<Finding>> check(const World& before, std::uint64_t seq,
                                                      schema::BlockSealed::Reader block);

 private:
  Outcome<void> advance(std::uint64_t position);
  [[nodiscard]] std::optional<Finding> check_order(const World& before, std::uint64_t seq,
                                                   schema::BlockSealed::Reader block) const;

  Walk walk_;
  Mempool pool_;  // at the pool position of the last block
};

}  // namespace horae::replay
