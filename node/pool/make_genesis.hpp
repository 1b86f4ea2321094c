#pragma once

#include "node/config/settings.hpp"
#include "node/node.hpp"

namespace horae {

/// A pool as it is to begin, beside what the leader's settings say of its chain and its rules.
struct GenesisWanted {
  std::string name;  // of the consensus' chain
  std::uint32_t l1_step = 8;
  std::uint64_t absence_ms = 0;  // a member that is away for so long loses its voice; 0: none does
  Members members;
};

/// The rule of a new genesis of a pool: members attest blocks, which may be revoked.
[[nodiscard]] Msg<schema::SharedCommand> revocable_blocks();

/// The genesis of a node alone, without what the engine's block 0 is.
[[nodiscard]] Msg<schema::PoolGenesis> genesis_alone(const FollowOptions& follow,
                                                     const SequenceOptions& sequence);
/// The same with block 0 of its engine; one that has it already is left as it is.
[[nodiscard]] Msg<schema::PoolGenesis> with_block_zero(const Msg<schema::PoolGenesis>& genesis,
                                                       const EngineBlock& block);

/// A pool's genesis, by the settings of the member that leads: the first of its signers. Asks its
/// engine for block 0. Refuses what founds no pool, whatever rule it is.
[[nodiscard]] Started<Msg<schema::PoolGenesis>> make_genesis(const config::Config& config,
                                                             const GenesisWanted& wanted);

}  // namespace horae
