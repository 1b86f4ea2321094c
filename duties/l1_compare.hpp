#pragma once

#include <functional>

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

/// What the listener has to say beyond the Board: at the confirmed head, after anything new was
/// folded, in what the contracts' views and the fold differ; and once if it can go on no more.
struct L1News {
  std::uint64_t head = 0;  // confirmed
  std::vector<Difference> differences;
  std::string uncompared;  // why the endpoint does not answer the views there; empty if it does
  std::string alarm;       // why it stopped; empty if it did not
};
using L1Told = std::function<void(const L1News&)>;

}  // namespace horae
