#pragma once

#include "node/node.hpp"

namespace horae {

/// A pool as it is to begin.
struct GenesisWanted {
  std::string name;  // of the consensus' chain
  std::uint64_t time_ms = 0;
  std::uint64_t l1_chain_id = 0;
  FollowOptions follow;  // the contracts, the first block, and which head counts
  std::uint32_t l1_step = 8;
  SequenceOptions sequence;  // the chain and the rules
  EngineBlock l2_genesis;    // the engine's block 0
  Members members;
  Address leader;
};

/// Its genesis. Refuses what founds no pool, whatever rule it is.
[[nodiscard]] Result<Msg<schema::PoolGenesis>> make_genesis(const GenesisWanted& wanted);

}  // namespace horae
