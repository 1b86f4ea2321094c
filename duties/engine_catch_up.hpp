#pragma once

#include <functional>

#include "edges/ports.hpp"

// Brings the engine to the log's head: when the node starts, and when the engine has lost blocks.
//
// Why: the engine is a cache of the log. After a crash of either it may be behind, or hold blocks
// that were built but never became durable, or be empty. The log is right; the engine is made to
// agree with it before anything else speaks to it.
//
// How: the last block that both have is found by halving (blocks name their parents, so all below
// an equal one are equal); what the engine has above it is rewound; then every logged block above
// it is executed again, and each must come out with the hash that was logged.
//
// Limits: it takes as long as executing the missing blocks: as fast as the engine is. An engine
// that went back further than asked is executed from there. One block is held in memory at a time.
// Nothing is tried again: a fault tells whether another time may do, or whether the engine comes
// out otherwise than the log, since going on would mean two truths. No actor and no CAF, since at a
// start it runs before any is spawned.
namespace horae {

/// A block as the log has it. txns are those that were executed; block 0 has a hash alone.
struct SealedBlock {
  std::uint64_t number = 0;
  BuildAttributes attributes;
  Hash32 hash, parent;
  std::vector<OrderedTxn> txns;
};

/// The chain as the log has it.
class ChainView {
 public:
  virtual ~ChainView() = default;
  virtual std::uint64_t head_number() = 0;
  /// 0 (the genesis, its hash alone) to head_number.
  virtual Result<SealedBlock> block(std::uint64_t number) = 0;
};

/// How the engine stood to the log.
enum class EngineStanding : std::uint8_t {
  equal,    // at the log's head
  behind,   // at an earlier block of the log's
  ahead,    // at the log's head and beyond
  unknown,  // at blocks that the log does not have
};

struct Reconciled {
  EngineStanding found = EngineStanding::equal;
  std::uint64_t engine_head = 0;  // as found
  std::uint64_t common = 0;       // the last block that both had
  std::uint64_t executed = 0;     // logged blocks executed again
  bool finished = true;           // false: it was told to pause before the log's head
};

/// A logged block that came out otherwise on this node's engine.
struct DifferingBlock {
  std::uint64_t number = 0;
  Hash32 got, wanted;
};

/// Why the engine is not at the log's head.
struct CatchUpFault {
  enum Kind : std::uint8_t {
    unavailable,  // it does not answer, or refuses: another time it may do
    differs,      // it has another genesis, or a block came out otherwise
  };
  Kind kind = unavailable;
  std::string what;
  std::optional<DifferingBlock> block = {};  // where it differs by one's execution
};

/// Called after each executed block with its number and the log's head. False: to pause here.
using EngineProgress = std::function<bool(std::uint64_t at, std::uint64_t of)>;

/// Brings the engine to the log's head: what it has beyond the last common block is rewound, then
/// logged blocks are executed again, and each must come out with its logged hash and all of its
/// transactions. Refuses another genesis, and names the first block that came out otherwise, with
/// what was wanted and got.
[[nodiscard]] tl::expected<Reconciled, CatchUpFault> reconcile(EnginePort& engine, ChainView& chain,
                                                               const EngineProgress& progress = {});

}  // namespace horae
