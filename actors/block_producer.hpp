#pragma once

#include "actors/shell.hpp"
#include "core/crypto/secp256k1.hpp"

namespace horae {

struct ProducerOptions {
  std::uint64_t block_time_s = 1;
  std::uint64_t chain_id = 0;
  std::vector<std::shared_ptr<const SecretKey>> keys;  // the first that is Active signs
  std::uint64_t seen = 0;  // what the world must have folded before it is asked
};

/// Makes one block each block time while transactions wait: asks the world what a block would stand
/// on and the mempool what it would hold, lets the engine execute it, signs, has the sequence seal
/// it, and tells the mempool.
/// Proposes the next one only when the mempool's record of the last is durable. Starts with the
/// first tick that it is sent.
block_producer_actor spawn_block_producer(
    caf::actor_system& system, std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
    std::shared_ptr<const Clock> clock, ProducerOptions options, world_actor world,
    engine_actor engine, sequence_actor sequence, mempool_actor mempool);

/// The mempool's command for a sealed block.
[[nodiscard]] Msg<schema::MempoolCommand> include_command(schema::BlockSealed::Reader block);

}  // namespace horae
