#pragma once

#include "actors/shell.hpp"
#include "core/crypto/secp256k1.hpp"

namespace horae {

struct ProducerOptions {
  std::uint64_t block_time_s = 1;
  std::uint64_t chain_id = 0;
  std::vector<std::shared_ptr<const SecretKey>> keys;  // the first that is Active signs
  std::uint64_t seen = 0;  // what the world must have folded before it is asked
  /// Told of a leader that makes nothing for so long though there is something to make; nobody
  /// alone.
  pool_sequence_actor pool = {};
  std::uint64_t stall_limit_s = 5;
};

/// Makes one block each block time while transactions wait: asks the world what a block would stand
/// on and the mempool what it would hold, lets the engine build it, signs it, has the sequence seal
/// it, and waits until it is executed and included like everybody's. In a pool it does so only
/// while its signer leads; when its turn begins, at once, where this block time has none yet.
/// Starts with the first tick that it is sent.
block_producer_actor spawn_block_producer(caf::actor_system& system,
                                          std::shared_ptr<ActorMeter> meter,
                                          std::shared_ptr<Board> board,
                                          std::shared_ptr<const Clock> clock,
                                          ProducerOptions options, world_actor world,
                                          engine_actor engine, block_executor_actor executor,
                                          sequence_actor sequence, mempool_actor mempool);

}  // namespace horae
