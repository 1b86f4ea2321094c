#pragma once

#include "core/crypto/secret.hpp"
#include "core/message.hpp"
#include "edges/ports.hpp"
#include "schemas/blocks.capnp.h"
#include "schemas/mempool.capnp.h"
#include "schemas/world.capnp.h"

namespace horae {

/// The block that the engine made of the transactions that were asked of it, as the sequencer that
/// holds the key vouches for it. next: what the block stands on. payload: complete, and of no other
/// transactions than asked has.
[[nodiscard]] Msg<schema::BlocksCommand> seal_command(schema::NextBlock::Reader next,
                                                      schema::ChosenTxns::Reader asked,
                                                      const Payload& payload,
                                                      std::uint64_t chain_id, const SecretKey& key);

}  // namespace horae
