#include "events/json.hpp"

namespace horae {
namespace {

boost::json::object to_json(const SequencerView& sequencer) {
  boost::json::object out;
  out["id"] = to_decimal(sequencer.id);
  out["owner"] = to_hex(sequencer.owner);
  out["signer"] = to_hex(sequencer.signer);
  out["pubkey"] = to_hex(sequencer.pubkey);
  out["amount"] = to_decimal(sequencer.amount);
  if (sequencer.reward) {
    out["reward"] = to_decimal(*sequencer.reward);
  } else {
    out["reward"] = nullptr;
  }
  out["status"] = static_cast<std::uint64_t>(sequencer.status);
  out["nonce"] = to_decimal(sequencer.nonce);
  out["activationBatch"] = to_decimal(sequencer.activation_batch);
  out["updatedBatch"] = to_decimal(sequencer.updated_batch);
  out["deactivationBatch"] = to_decimal(sequencer.deactivation_batch);
  out["deactivationTime"] = to_decimal(sequencer.deactivation_time);
  out["unlockClaimTime"] = to_decimal(sequencer.unlock_claim_time);
  out["rewardRecipient"] = to_hex(sequencer.reward_recipient);
  return out;
}

}  // namespace

boost::json::object to_json(const Locking& state) {
  const auto& pool = state.current;
  boost::json::object out;
  auto& sequencers = out["sequencers"].emplace_array();
  for (const auto& [id, sequencer] : pool.sequencers) sequencers.push_back(to_json(sequencer));
  out["totalLocked"] = to_decimal(pool.total_locked);
  out["totalRewardsLiquidated"] = to_decimal(pool.total_rewards_liquidated);
  out["curBatchState"] = {{"id", to_decimal(pool.batch.id)},
                          {"number", to_decimal(pool.batch.number)},
                          {"startEpoch", to_decimal(pool.batch.start_epoch)},
                          {"endEpoch", to_decimal(pool.batch.end_epoch)}};
  out["parameters"] = {{"minLock", to_decimal(pool.min_lock)},
                       {"maxLock", to_decimal(pool.max_lock)},
                       {"exitDelayPeriod", to_decimal(pool.exit_delay_period)},
                       {"rewardPerBlock", to_decimal(pool.reward_per_block)},
                       {"signerUpdateThrottle", to_decimal(pool.signer_update_throttle)},
                       {"mpcAddress", to_hex(pool.mpc)},
                       {"rewardPayer", to_hex(pool.reward_payer)},
                       {"paused", pool.paused}};
  return out;
}

}  // namespace horae
