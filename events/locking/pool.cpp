#include "events/locking/pool.hpp"

namespace horae {
namespace {

using schema::LockingFact;

Address address(capnp::Data::Reader reader) { return fixed<Address>(reader); }

U256 less(const U256& from, const U256& amount) {
  return amount < from ? U256(from - amount) : U256(0);
}

SequencerView* find(PoolView& pool, capnp::Data::Reader id) {
  const auto found = pool.sequencers.find(read_u256(id));
  return found == pool.sequencers.end() ? nullptr : &found->second;
}

void apply_locked(PoolView& pool, schema::Locked::Reader event) {
  SequencerView sequencer;
  sequencer.id = read_u256(event.getSequencerId());
  sequencer.amount = read_u256(event.getAmount());
  sequencer.activation_batch = sequencer.updated_batch = read_u256(event.getActivationBatch());
  sequencer.nonce = read_u256(event.getNonce());
  sequencer.signer = address(event.getSigner());
  sequencer.pubkey = copy(event.getPubkey());
  sequencer.status = SequencerStatus::active;
  pool.signers[sequencer.signer] = sequencer.id;
  pool.total_locked = read_u256(event.getTotal());
  pool.sequencers[sequencer.id] = std::move(sequencer);
}

void apply_relocked(PoolView& pool, schema::Relocked::Reader event) {
  pool.total_locked = read_u256(event.getTotal());
  auto* sequencer = find(pool, event.getSequencerId());
  if (!sequencer) return;
  sequencer->amount += read_u256(event.getAmount());
  const U256 from_reward = read_u256(event.getFromReward());
  // Where reward is locked at all, it is the whole reward (LockingPool.relock).
  if (event.getSource() == schema::SplitSource::UNKNOWN) {
    sequencer->reward.reset();
  } else if (from_reward > 0) {
    sequencer->reward = U256(0);
  }
}

void apply_withdrawn(PoolView& pool, schema::Withdrawn::Reader event) {
  const U256 amount = read_u256(event.getAmount());
  pool.total_locked = less(pool.total_locked, amount);
  auto* sequencer = find(pool, event.getSequencerId());
  if (!sequencer) return;
  sequencer->amount = less(sequencer->amount, amount);
  sequencer->updated_batch = pool.batch.id;
}

void apply_lock_updated(PoolView& pool, schema::LockUpdated::Reader event) {
  auto* sequencer = find(pool, event.getSequencerId());
  if (!sequencer) return;
  sequencer->nonce = read_u256(event.getNonce());
  sequencer->amount = read_u256(event.getNewAmount());
}

void apply_claimed(PoolView& pool, schema::RewardsClaimed::Reader event) {
  pool.total_rewards_liquidated = read_u256(event.getTotalAmount());
  if (auto* sequencer = find(pool, event.getSequencerId())) sequencer->reward = U256(0);
}

void apply_unlock_initiated(PoolView& pool, schema::UnlockInitiated::Reader event) {
  auto* sequencer = find(pool, event.getSequencerId());
  if (!sequencer) return;
  sequencer->status = SequencerStatus::inactive;
  sequencer->nonce = read_u256(event.getNonce());
  sequencer->deactivation_batch = read_u256(event.getDeactivationBatch());
  sequencer->deactivation_time = read_u256(event.getDeactivationTime());
  sequencer->unlock_claim_time = read_u256(event.getUnlockClaimTime());
  sequencer->reward = U256(0);
}

void apply_unlocked(PoolView& pool, schema::Unlocked::Reader event) {
  pool.total_locked = read_u256(event.getTotal());
  auto* sequencer = find(pool, event.getSequencerId());
  if (!sequencer) return;
  sequencer->status = SequencerStatus::unlocked;
  sequencer->nonce += 1;
  sequencer->amount = 0;
  sequencer->reward = U256(0);
  pool.signers[sequencer->signer] = retired_signer();
}

void apply_distributed(PoolView& pool, schema::RewardDistributed::Reader event) {
  pool.batch = {read_u256(event.getBatchId()), U256(event.getPosition().getBlock()),
                read_u256(event.getStartEpoch()), read_u256(event.getEndEpoch())};
  if (event.getSource() == schema::SplitSource::UNKNOWN) {
    if (read_u256(event.getAmount()) == 0) return;
    // Anyone but those who are gone may have been credited.
    for (auto& [id, sequencer] : pool.sequencers) {
      if (sequencer.status != SequencerStatus::unlocked) sequencer.reward.reset();
    }
    return;
  }
  for (const auto credit : event.getCredits()) {
    auto* sequencer = find(pool, credit.getSequencerId());
    if (sequencer && sequencer->reward) *sequencer->reward += read_u256(credit.getAmount());
  }
}

void apply_signer_changed(PoolView& pool, schema::SignerChanged::Reader event) {
  const Address signer = address(event.getNewSigner());
  pool.signers[address(event.getOldSigner())] = retired_signer();
  pool.signers[signer] = read_u256(event.getSequencerId());
  auto* sequencer = find(pool, event.getSequencerId());
  if (!sequencer) return;
  sequencer->signer = signer;
  sequencer->pubkey = copy(event.getPubkey());
  sequencer->nonce = read_u256(event.getNonce());
  sequencer->updated_batch = pool.batch.id;
}

void apply_whitelist(PoolView& pool, schema::WhitelistSet::Reader event) {
  if (event.getAllowed()) {
    pool.whitelist.insert(address(event.getUser()));
  } else {
    pool.whitelist.erase(address(event.getUser()));
  }
}

void apply_recipient(PoolView& pool, schema::SequencerAddressChanged::Reader event) {
  auto* sequencer = find(pool, event.getSequencerId());
  if (sequencer) sequencer->reward_recipient = address(event.getAddress());
}

void apply_owner(PoolView& pool, schema::SequencerAddressChanged::Reader event) {
  auto* sequencer = find(pool, event.getSequencerId());
  if (sequencer) sequencer->owner = address(event.getAddress());
}

}  // namespace

U256 retired_signer() { return U256(0) - 1; }

schema::L1Position::Reader position_of(LockingFact::Reader event) {
  switch (event.which()) {
    case LockingFact::LOCKED:
      return event.getLocked().getPosition();
    case LockingFact::RELOCKED:
      return event.getRelocked().getPosition();
    case LockingFact::WITHDRAWN:
      return event.getWithdrawn().getPosition();
    case LockingFact::LOCK_UPDATED:
      return event.getLockUpdated().getPosition();
    case LockingFact::REWARDS_CLAIMED:
      return event.getRewardsClaimed().getPosition();
    case LockingFact::UNLOCK_INITIATED:
      return event.getUnlockInitiated().getPosition();
    case LockingFact::UNLOCKED:
      return event.getUnlocked().getPosition();
    case LockingFact::BATCH_SUBMITTED:
      return event.getBatchSubmitted().getPosition();
    case LockingFact::REWARD_DISTRIBUTED:
      return event.getRewardDistributed().getPosition();
    case LockingFact::SIGNER_CHANGED:
      return event.getSignerChanged().getPosition();
    case LockingFact::MIN_LOCK_SET:
      return event.getMinLockSet().getPosition();
    case LockingFact::MAX_LOCK_SET:
      return event.getMaxLockSet().getPosition();
    case LockingFact::REWARD_PAYER_SET:
      return event.getRewardPayerSet().getPosition();
    case LockingFact::REWARD_PER_BLOCK_UPDATED:
      return event.getRewardPerBlockUpdated().getPosition();
    case LockingFact::MPC_UPDATED:
      return event.getMpcUpdated().getPosition();
    case LockingFact::EXIT_DELAY_CHANGED:
      return event.getExitDelayChanged().getPosition();
    case LockingFact::SIGNER_UPDATE_THROTTLE_SET:
      return event.getSignerUpdateThrottleSet().getPosition();
    case LockingFact::WHITELIST_SET:
      return event.getWhitelistSet().getPosition();
    case LockingFact::REWARD_RECIPIENT_CHANGED:
      return event.getRewardRecipientChanged().getPosition();
    case LockingFact::OWNER_CHANGED:
      return event.getOwnerChanged().getPosition();
    case LockingFact::PAUSED:
      return event.getPaused().getPosition();
    case LockingFact::UNPAUSED:
      return event.getUnpaused().getPosition();
    case LockingFact::UPGRADED:
      return event.getUpgraded().getPosition();
    case LockingFact::DISCREPANCY_FOUND:
      return event.getDiscrepancyFound().getPosition();
    case LockingFact::NONE:
    case LockingFact::POOL_OPENED:
    case LockingFact::L1_ADVANCED:
    case LockingFact::L1_REVERTED:
      stop("the place on L1 of a locking fact that has none");
  }
  stop("a locking fact written by a newer version");
}

bool is_event(LockingFact::Reader fact) {
  switch (fact.which()) {
    case LockingFact::NONE:
    case LockingFact::POOL_OPENED:
    case LockingFact::L1_ADVANCED:
    case LockingFact::L1_REVERTED:
    case LockingFact::DISCREPANCY_FOUND:
      return false;
    case LockingFact::LOCKED:
    case LockingFact::RELOCKED:
    case LockingFact::WITHDRAWN:
    case LockingFact::LOCK_UPDATED:
    case LockingFact::REWARDS_CLAIMED:
    case LockingFact::UNLOCK_INITIATED:
    case LockingFact::UNLOCKED:
    case LockingFact::BATCH_SUBMITTED:
    case LockingFact::REWARD_DISTRIBUTED:
    case LockingFact::SIGNER_CHANGED:
    case LockingFact::MIN_LOCK_SET:
    case LockingFact::MAX_LOCK_SET:
    case LockingFact::REWARD_PAYER_SET:
    case LockingFact::REWARD_PER_BLOCK_UPDATED:
    case LockingFact::MPC_UPDATED:
    case LockingFact::EXIT_DELAY_CHANGED:
    case LockingFact::SIGNER_UPDATE_THROTTLE_SET:
    case LockingFact::WHITELIST_SET:
    case LockingFact::REWARD_RECIPIENT_CHANGED:
    case LockingFact::OWNER_CHANGED:
    case LockingFact::PAUSED:
    case LockingFact::UNPAUSED:
    case LockingFact::UPGRADED:
      return true;
  }
  return false;  // an unknown tag: not for us to fold
}

PoolView pool_at_opening(schema::PoolOpened::Reader opened) {
  PoolView pool;
  const auto batch = opened.getCurBatchState();
  pool.batch = {read_u256(batch.getId()), read_u256(batch.getNumber()),
                read_u256(batch.getStartEpoch()), read_u256(batch.getEndEpoch())};
  pool.min_lock = read_u256(opened.getMinLock());
  pool.max_lock = read_u256(opened.getMaxLock());
  pool.exit_delay_period = read_u256(opened.getExitDelayPeriod());
  pool.reward_per_block = read_u256(opened.getRewardPerBlock());
  pool.signer_update_throttle = read_u256(opened.getSignerUpdateThrottle());
  pool.mpc = address(opened.getMpcAddress());
  pool.reward_payer = address(opened.getRewardPayer());
  pool.paused = opened.getPaused();
  return pool;
}

void apply_event(PoolView& pool, LockingFact::Reader event) {
  switch (event.which()) {
    case LockingFact::LOCKED:
      return apply_locked(pool, event.getLocked());
    case LockingFact::RELOCKED:
      return apply_relocked(pool, event.getRelocked());
    case LockingFact::WITHDRAWN:
      return apply_withdrawn(pool, event.getWithdrawn());
    case LockingFact::LOCK_UPDATED:
      return apply_lock_updated(pool, event.getLockUpdated());
    case LockingFact::REWARDS_CLAIMED:
      return apply_claimed(pool, event.getRewardsClaimed());
    case LockingFact::UNLOCK_INITIATED:
      return apply_unlock_initiated(pool, event.getUnlockInitiated());
    case LockingFact::UNLOCKED:
      return apply_unlocked(pool, event.getUnlocked());
    case LockingFact::BATCH_SUBMITTED:
      return;  // DistributeReward says it all
    case LockingFact::REWARD_DISTRIBUTED:
      return apply_distributed(pool, event.getRewardDistributed());
    case LockingFact::SIGNER_CHANGED:
      return apply_signer_changed(pool, event.getSignerChanged());
    case LockingFact::MIN_LOCK_SET:
      return void(pool.min_lock = read_u256(event.getMinLockSet().getValue()));
    case LockingFact::MAX_LOCK_SET:
      return void(pool.max_lock = read_u256(event.getMaxLockSet().getValue()));
    case LockingFact::REWARD_PAYER_SET:
      return void(pool.reward_payer = address(event.getRewardPayerSet().getAddress()));
    case LockingFact::REWARD_PER_BLOCK_UPDATED:
      return void(pool.reward_per_block = read_u256(event.getRewardPerBlockUpdated().getValue()));
    case LockingFact::MPC_UPDATED:
      return void(pool.mpc = address(event.getMpcUpdated().getAddress()));
    case LockingFact::EXIT_DELAY_CHANGED:
      return void(pool.exit_delay_period = read_u256(event.getExitDelayChanged().getValue()));
    case LockingFact::SIGNER_UPDATE_THROTTLE_SET:
      return void(pool.signer_update_throttle =
                      read_u256(event.getSignerUpdateThrottleSet().getValue()));
    case LockingFact::WHITELIST_SET:
      return apply_whitelist(pool, event.getWhitelistSet());
    case LockingFact::REWARD_RECIPIENT_CHANGED:
      return apply_recipient(pool, event.getRewardRecipientChanged());
    case LockingFact::OWNER_CHANGED:
      return apply_owner(pool, event.getOwnerChanged());
    case LockingFact::PAUSED:
      return void(pool.paused = true);
    case LockingFact::UNPAUSED:
      return void(pool.paused = false);
    case LockingFact::UPGRADED:
      return void(pool.implementations[address(event.getUpgraded().getProxy())] =
                      address(event.getUpgraded().getImplementation()));
    case LockingFact::DISCREPANCY_FOUND:
      return void(++pool.discrepancies);
    case LockingFact::NONE:
    case LockingFact::POOL_OPENED:
    case LockingFact::L1_ADVANCED:
    case LockingFact::L1_REVERTED:
      stop("a locking fact that is no event was folded as one");
  }
  stop("a locking fact written by a newer version");
}

}  // namespace horae
