#include "duties/l1_compare.hpp"

#include "duties/l1_views.hpp"

namespace horae {
namespace {

// The number of sequencers is the endpoint's word: one that is wrong must not make us ask without
// end. Metis has a few dozen.
constexpr std::size_t most_sequencers = 10'000;

class Comparison {
 public:
  void at(std::string subject) { subject_ = std::move(subject); }
  void field(std::string_view name, std::string contract, std::string folded,
             bool standing = false) {
    if (contract == folded) return;
    out_.push_back(
        {subject_ + std::string(name), std::move(contract), std::move(folded), standing});
  }
  void field(std::string_view name, const U256& contract, const U256& folded) {
    field(name, to_decimal(contract), to_decimal(folded));
  }
  void field(std::string_view name, const Address& contract, const Address& folded) {
    field(name, to_hex(contract), to_hex(folded));
  }
  std::vector<Difference> take() { return std::move(out_); }

 private:
  std::string subject_;
  std::vector<Difference> out_;
};

std::string yes_no(bool value) { return value ? "true" : "false"; }

void compare(Comparison& compared, const ContractAddresses& contract,
             schema::PoolOpened::Reader opened) {
  const auto pool = fixed<Address>(opened.getLockingPool());
  compared.field("escrow", contract.escrow, fixed<Address>(opened.getEscrow()));
  // initManager has no event and names the pool, once and for all.
  const auto manager = fixed<Address>(opened.getManager());
  compared.field("manager", contract.manager,
                 manager.is_zero() && !contract.manager.is_zero() ? pool : manager);
  compared.field("bridge", contract.bridge, fixed<Address>(opened.getBridge()));
  compared.field("l1Token", contract.l1_token, fixed<Address>(opened.getL1Token()));
  compared.field("l2Token", contract.l2_token, fixed<Address>(opened.getL2Token()));
  compared.field("l2ChainId", contract.l2_chain_id, read_u256(opened.getL2ChainId()));
}

void compare(Comparison& compared, const ContractParameters& contract, const PoolView& pool) {
  compared.field("curBatchState.id", contract.batch.id, pool.batch.id);
  compared.field("curBatchState.number", contract.batch.number, pool.batch.number);
  compared.field("curBatchState.startEpoch", contract.batch.start_epoch, pool.batch.start_epoch);
  compared.field("curBatchState.endEpoch", contract.batch.end_epoch, pool.batch.end_epoch);
  compared.field("rewardPerBlock", contract.reward_per_block, pool.reward_per_block);
  compared.field("exitDelayPeriod", contract.exit_delay_period, pool.exit_delay_period);
  compared.field("signerUpdateThrottle", contract.signer_update_throttle,
                 pool.signer_update_throttle);
  compared.field("totalSequencers", to_decimal(contract.total_sequencers),
                 std::to_string(pool.sequencers.size()), true);
  compared.field("minLock", contract.min_lock, pool.min_lock);
  compared.field("maxLock", contract.max_lock, pool.max_lock);
  compared.field("totalLocked", contract.total_locked, pool.total_locked);
  compared.field("totalRewardsLiquidated", contract.total_rewards_liquidated,
                 pool.total_rewards_liquidated);
  compared.field("mpcAddress", contract.mpc, pool.mpc);
  compared.field("rewardPayer", contract.reward_payer, pool.reward_payer);
  compared.field("paused", yes_no(contract.paused), yes_no(pool.paused));
}

void compare(Comparison& compared, const ContractSequencer& contract, const SequencerView& folded) {
  compared.at("sequencers(" + to_decimal(contract.id) + ").");
  compared.field("amount", contract.amount, folded.amount);
  if (folded.reward) compared.field("reward", contract.reward, *folded.reward);
  compared.field("activationBatch", contract.activation_batch, folded.activation_batch);
  compared.field("updatedBatch", contract.updated_batch, folded.updated_batch);
  compared.field("deactivationBatch", contract.deactivation_batch, folded.deactivation_batch);
  compared.field("deactivationTime", contract.deactivation_time, folded.deactivation_time);
  compared.field("unlockClaimTime", contract.unlock_claim_time, folded.unlock_claim_time);
  compared.field("nonce", contract.nonce, folded.nonce);
  compared.field("owner", contract.owner, folded.owner);
  compared.field("signer", to_hex(contract.signer), to_hex(folded.signer), true);
  compared.field("pubkey", to_hex(BytesView(contract.pubkey)), to_hex(BytesView(folded.pubkey)));
  compared.field("rewardRecipient", contract.reward_recipient, folded.reward_recipient);
  compared.field("status", to_decimal(contract.status),
                 std::to_string(static_cast<unsigned>(folded.status)), true);
}

}  // namespace

std::string words_of(const std::vector<Difference>& differences) {
  const auto& first = differences.front();
  auto out = first.field + " is " + first.contract + " in the contracts and " + first.folded +
             " in the log";
  if (differences.size() > 1) out += ", and " + std::to_string(differences.size() - 1) + " more";
  return out;
}

L1Result<std::vector<Difference>> compare_views(L1Port& l1, const OpenPool& folded,
                                                const L1Header& block) {
  const auto opened = folded.opened.read();
  const auto& pool = folded.view;
  const ViewContracts contracts{fixed<Address>(opened.getLockingPool()),
                                fixed<Address>(opened.getLockingInfo())};
  Comparison compared;
  const auto addresses = read_addresses(l1, contracts, block);
  if (!addresses) return tl::unexpected(addresses.error());
  compare(compared, *addresses, opened);
  const auto parameters = read_parameters(l1, contracts, block);
  if (!parameters) return tl::unexpected(parameters.error());
  compare(compared, *parameters, pool);

  std::vector<U256> ids;
  for (const auto& [id, sequencer] : pool.sequencers) ids.push_back(id);
  // A sequencer that the fold has never heard of is seen in the contract's own count.
  for (U256 id = pool.sequencers.size() + 1; id <= parameters->total_sequencers; ++id) {
    if (ids.size() >= most_sequencers) break;
    if (!pool.sequencers.contains(id)) ids.push_back(id);
  }
  const auto sequencers = read_sequencers(l1, contracts, block, ids);
  if (!sequencers) return tl::unexpected(sequencers.error());
  for (const auto& sequencer : *sequencers) {
    const auto known = pool.sequencers.find(sequencer.id);
    compare(compared, sequencer, known == pool.sequencers.end() ? SequencerView{} : known->second);
  }

  std::vector<Address> signers;
  for (const auto& [signer, id] : pool.signers) signers.push_back(signer);
  const auto signer_ids = read_signers(l1, contracts, block, signers);
  if (!signer_ids) return tl::unexpected(signer_ids.error());
  for (std::size_t i = 0; i < signers.size(); ++i) {
    compared.at("seqSigners(" + to_hex(signers[i]) + ")");
    compared.field("", to_decimal((*signer_ids)[i]), to_decimal(pool.signers.at(signers[i])), true);
  }

  const std::vector<Address> users(pool.whitelist.begin(), pool.whitelist.end());
  const auto allowed = read_whitelist(l1, contracts, block, users);
  if (!allowed) return tl::unexpected(allowed.error());
  for (std::size_t i = 0; i < users.size(); ++i) {
    compared.at("whitelist(" + to_hex(users[i]) + ")");
    compared.field("", yes_no((*allowed)[i]), "true");
  }
  return compared.take();
}

}  // namespace horae
