#pragma once

#include <filesystem>

#include "core/bytes.hpp"
#include "edges/json_rpc.hpp"

namespace horae::dev {

struct Contracts {
  Address metis, bridge, proxy_admin, locking_info, locking_pool;
  std::uint64_t deployment_block = 0;  // of lockingInfo's proxy: nothing of the two is older
  std::uint64_t sequencer_id = 0;

  bool operator==(const Contracts&) const = default;
};

/// Deploys the dev contracts in the order of contracts/README.md from the governance account, makes
/// the reward_mpc account the one that reward batches come from, mints 100,000 METIS to every other
/// account of anvil's ten, gives ether to those beyond them, whitelists the sequencer's owner and
/// locks 20,000 METIS for the sequencer, whose rewards and stake go to the owner; for each further
/// one of so many nodes the same, as its own owner. The chain must
/// know the accounts and mine each transaction by itself. artefacts: the directory of the
/// <Name>.json.
[[nodiscard]] Result<Contracts> deploy_contracts(JsonRpcClient& l1,
                                                 const std::filesystem::path& artefacts,
                                                 std::uint64_t l2_chain_id, std::uint64_t nodes);

}  // namespace horae::dev
