#pragma once

#include <atomic>

#include "events/world.hpp"
#include "tools/replay/finding.hpp"
#include "tools/replay/source.hpp"

namespace horae::replay {

/// What a log that is in order amounts to.
struct Verified {
  World world;
  std::uint64_t blocks = 0;
};

/// Checks every redundancy of every record (key, header, hash chain, time, cause, canonical
/// payload, kind), that the log begins with LogOpened and ends where a decision ends, that every
/// fact can be folded, that every decision but the mempool's is the one that the rules give
/// (SharedAudit), that every block kept to its ordering rule (BlockAudit), and at the end that the
/// tree is the stored and the signed one (TreeAudit). The first thing that is wrong otherwise:
/// where two records disagree, the one that the record behind them does not vouch for. jobs:
/// threads; all but one hash and check records ahead of the fold.
[[nodiscard]] tl::expected<Verified, Finding> verify(const Source& source,
                                                     std::atomic<std::uint64_t>* at,
                                                     unsigned jobs = 1);

}  // namespace horae::replay
