#include "node/pool/genesis_fits.hpp"

#include <algorithm>

namespace horae {

Result<void> check_fits(const config::Config& config, schema::PoolGenesis::Reader genesis) {
  const auto same = [](std::string_view setting, const std::string& mine,
                       const std::string& theirs) -> Result<void> {
    if (mine == theirs) return {};
    return fail(std::string(setting) + " is " + mine + ", and the genesis says " + theirs);
  };
  const auto text = [](capnp::Data::Reader address) { return to_hex(view(address)); };
  for (const auto& one :
       {same("the L1 chain of network", std::to_string(config.l1_chain_id),
             std::to_string(genesis.getL1ChainId())),
        same("l1.locking_pool", to_hex(config.locking_pool), text(genesis.getLockingPool())),
        same("l1.locking_info", to_hex(config.locking_info), text(genesis.getLockingInfo())),
        same("l2.chain_id", std::to_string(config.chain_id),
             std::to_string(genesis.getL2ChainId()))}) {
    if (!one) return one;
  }
  return {};
}

std::optional<Hash32> block_zero_of(schema::PoolGenesis::Reader genesis) {
  for (const auto rule : genesis.getRules()) {
    if (rule.isBlocks() && rule.getBlocks().isOpen()) {
      return fixed<Hash32>(rule.getBlocks().getOpen().getGenesisHash());
    }
  }
  return std::nullopt;
}

}  // namespace horae
