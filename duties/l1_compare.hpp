#pragma once

#include "edges/ports.hpp"
#include "events/locking/locking.hpp"

namespace horae {

/// A field in which the contracts and the fold of their logs disagree.
struct Difference {
  std::string field, contract, folded;
};

/// Compares every view of the contracts at the end of a block with the fold up to that block.
/// Rewards that the fold does not know are not compared.
[[nodiscard]] L1Result<std::vector<Difference>> compare_views(L1Port& l1, const Locking& locking,
                                                              const L1Header& block);

}  // namespace horae
