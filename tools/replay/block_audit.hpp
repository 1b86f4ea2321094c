#pragma once

#include <optional>
#include <vector>

#include "events/world.hpp"
#include "tools/replay/finding.hpp"
#include "tools/replay/source.hpp"

namespace horae::replay {

/// Checks that blocks kept to their rules, from the log alone: the decision that sealed a block is
/// taken once more on the state before it (its place, its digests and hashes, the sequencer's
/// standing and signature), and what it executed and skipped must be what the ordering rule chooses
/// from the mempool as it was at the block's pool position.
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
