#pragma once

#include <atomic>

#include "core/checkpoint.hpp"
#include "events/world.hpp"
#include "tools/replay/audit/finding.hpp"
#include "tools/replay/source.hpp"

namespace horae::replay {

struct VerifyOptions {
  /// Threads. All but one hash and check records ahead of the fold, which is one thread's.
  unsigned jobs = 1;
  /// The decision in which this record stands is the first that is verified. What is before it is
  /// checked against its schema and folded as it is, and StateHashed is held against that.
  std::uint64_t from = 1;
  /// One that the auditor kept: the log must have grown from it.
  std::optional<SignedCheckpoint> checkpoint;
  /// Only what the log says of itself: whether the decisions are those that the rules give, blocks
  /// keep their order and are signed, and a pool's members signed what it agreed on, is left out,
  /// which is half of the work.
  bool records_only = false;
  /// Of the mempool's facts since the last block, in bytes; more are read again.
  std::size_t most_kept = std::size_t{64} << 20;
};

/// What a log that is in order amounts to.
struct Verified {
  World world;                       // its mempool folds alone (PoolUse)
  std::uint64_t blocks = 0;          // that were checked against their ordering rule
  std::uint64_t signed_headers = 0;  // of a pool's consensus, that were checked
  bool records_only = false;         // what was not asked for is not known
  std::uint64_t trusted = 0;         // the first records, which were folded as they are
};

/// Checks every redundancy of every record (key, header, hash chain, time, cause, canonical
/// payload, kind), that the log begins with LogOpened and ends where a decision ends, that every
/// fact can be folded, that every decision but the mempool's is the one that the rules give
/// (SharedAudit), that every block kept to its ordering rule (BlockAudit), that a pool's members
/// signed what the log says that they agreed on (QuorumAudit), that the state had the hashes that
/// the log says (StateHashed), and that the tree is the stored and the signed one (TreeAudit). The
/// first thing that is wrong otherwise, whatever the jobs: where two records disagree, the one that
/// the record behind them does not vouch for.
[[nodiscard]] tl::expected<Verified, Finding> verify(const Source& source,
                                                     std::atomic<std::uint64_t>* at,
                                                     const VerifyOptions& options);
[[nodiscard]] inline tl::expected<Verified, Finding> verify(const Source& source,
                                                            std::atomic<std::uint64_t>* at,
                                                            unsigned jobs = 1) {
  VerifyOptions options;
  options.jobs = jobs;
  return verify(source, at, options);
}

}  // namespace horae::replay
