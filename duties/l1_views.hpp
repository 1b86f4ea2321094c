#pragma once

#include "edges/ports.hpp"

// What LockingPool and LockingInfo answer when they are asked, as values. Every function asks for
// the end of one block and returns the answers in the order of its arguments; an answer that does
// not decode is a fault (refused), since the contract is then another than it should be. How many
// calls go in one request is the endpoint's client's to choose (edges/l1_rpc.cpp). Nothing is tried
// again here.
namespace horae {

struct ViewContracts {
  Address pool, info;  // the proxies
};

/// sequencers(id), in the order in which the contract answers.
struct ContractSequencer {
  U256 id;
  U256 amount, reward, activation_batch, updated_batch, deactivation_batch, deactivation_time;
  U256 unlock_claim_time, nonce;
  Address owner, signer;
  Bytes pubkey;
  Address reward_recipient;
  U256 status;
};

struct ContractBatch {
  U256 id, number, start_epoch, end_epoch;
};

/// What does not change after the deployment, but for the manager.
struct ContractAddresses {
  Address escrow;                               // of LockingPool
  Address manager, bridge, l1_token, l2_token;  // of LockingInfo
  U256 l2_chain_id;
};

/// Every number of the two contracts that stands alone.
struct ContractParameters {
  ContractBatch batch;
  U256 reward_per_block, exit_delay_period, signer_update_throttle, total_sequencers;
  U256 min_lock, max_lock, total_locked, total_rewards_liquidated;
  Address mpc, reward_payer;
  bool paused = false;
};

[[nodiscard]] L1Result<ContractAddresses> read_addresses(L1Port& l1, const ViewContracts& contracts,
                                                         const L1Header& block);
[[nodiscard]] L1Result<ContractParameters> read_parameters(L1Port& l1,
                                                           const ViewContracts& contracts,
                                                           const L1Header& block);
[[nodiscard]] L1Result<std::vector<ContractSequencer>> read_sequencers(
    L1Port& l1, const ViewContracts& contracts, const L1Header& block,
    const std::vector<U256>& ids);
/// seqSigners(address) of each, 2^256 - 1 for a retired key.
[[nodiscard]] L1Result<std::vector<U256>> read_signers(L1Port& l1, const ViewContracts& contracts,
                                                       const L1Header& block,
                                                       const std::vector<Address>& signers);
/// whitelist(address) of each.
[[nodiscard]] L1Result<std::vector<bool>> read_whitelist(L1Port& l1, const ViewContracts& contracts,
                                                         const L1Header& block,
                                                         const std::vector<Address>& users);

}  // namespace horae
