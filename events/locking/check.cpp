#include <utility>

#include "events/locking/pool.hpp"

namespace horae {
namespace {

using schema::LockingFact;

/// Collects the differences of one event. An absent sequencer is one difference, not twelve.
class Check {
 public:
  explicit Check(const PoolView& pool) : pool_(pool) {}

  const SequencerView* sequencer(capnp::Data::Reader id) {
    subject_ = "sequencer " + to_decimal(read_u256(id)) + " ";
    const auto found = pool_.sequencers.find(read_u256(id));
    if (found != pool_.sequencers.end()) return &found->second;
    out_.push_back({subject_ + "exists", "no", "yes"});
    return nullptr;
  }
  void same(std::string_view what, const U256& folded, const U256& logged) {
    if (folded != logged) {
      out_.push_back({subject_ + std::string(what), to_decimal(folded), to_decimal(logged)});
    }
  }
  void same(std::string_view what, const Address& folded, const Address& logged) {
    if (folded != logged) {
      out_.push_back({subject_ + std::string(what), to_hex(folded), to_hex(logged)});
    }
  }
  void same(std::string_view what, SequencerStatus folded, SequencerStatus logged) {
    if (folded != logged) {
      out_.push_back({subject_ + std::string(what), std::string(status_name(folded)),
                      std::string(status_name(logged))});
    }
  }
  void holds(bool truth, std::string_view what, std::string folded, std::string logged) {
    if (!truth) {
      out_.push_back({subject_ + std::string(what), std::move(folded), std::move(logged)});
    }
  }
  void plain() { subject_.clear(); }

  std::vector<Mismatch> take() { return std::move(out_); }

 private:
  const PoolView& pool_;
  std::string subject_;
  std::vector<Mismatch> out_;
};

Address address(capnp::Data::Reader reader) { return fixed<Address>(reader); }

void check_locked(Check& check, const PoolView& pool, schema::Locked::Reader event) {
  const U256 id = read_u256(event.getSequencerId());
  // Ids count from 1 (LockingPool.totalSequencers).
  const U256 last = pool.sequencers.empty() ? U256(0) : pool.sequencers.rbegin()->first;
  check.same("sequencer id", last + 1, id);
  check.same("nonce of a new sequencer", U256(1), read_u256(event.getNonce()));
  check.same("activationBatch", pool.batch.id, read_u256(event.getActivationBatch()));
  check.same("totalLocked", pool.total_locked + read_u256(event.getAmount()),
             read_u256(event.getTotal()));
  const auto known = pool.signers.find(address(event.getSigner()));
  check.holds(known == pool.signers.end(), "a new signer's former id",
              known == pool.signers.end() ? "" : to_decimal(known->second), "0");
  const auto key = keccak256(view(event.getPubkey()));
  check.same("signer of the public key", *Address::from(key.view().last(Address::size)),
             address(event.getSigner()));
}

void check_relocked(Check& check, const PoolView& pool, schema::Relocked::Reader event) {
  check.same("totalLocked", pool.total_locked + read_u256(event.getAmount()),
             read_u256(event.getTotal()));
  const auto* sequencer = check.sequencer(event.getSequencerId());
  if (!sequencer) return;
  check.same("status", sequencer->status, SequencerStatus::active);
  const U256 from_reward = read_u256(event.getFromReward());
  if (event.getSource() != schema::SplitSource::UNKNOWN && from_reward > 0 && sequencer->reward) {
    check.same("reward locked", *sequencer->reward, from_reward);
  }
}

void check_withdrawn(Check& check, schema::Withdrawn::Reader event) {
  const auto* sequencer = check.sequencer(event.getSequencerId());
  if (!sequencer) return;
  check.same("status", sequencer->status, SequencerStatus::active);
  const U256 amount = read_u256(event.getAmount());
  check.holds(amount <= sequencer->amount, "amount withdrawn",
              "at most " + to_decimal(sequencer->amount), to_decimal(amount));
}

// Relocked or Withdraw stand right before it and have changed the amount already.
void check_lock_updated(Check& check, schema::LockUpdated::Reader event) {
  const auto* sequencer = check.sequencer(event.getSequencerId());
  if (!sequencer) return;
  check.same("nonce", sequencer->nonce + 1, read_u256(event.getNonce()));
  check.same("amount", sequencer->amount, read_u256(event.getNewAmount()));
}

void check_claimed(Check& check, const PoolView& pool, schema::RewardsClaimed::Reader event) {
  check.same("totalRewardsLiquidated", pool.total_rewards_liquidated + read_u256(event.getAmount()),
             read_u256(event.getTotalAmount()));
  const auto* sequencer = check.sequencer(event.getSequencerId());
  if (!sequencer) return;
  if (sequencer->reward) check.same("reward", *sequencer->reward, read_u256(event.getAmount()));
  check.same("rewardRecipient", sequencer->reward_recipient, address(event.getRecipient()));
}

void check_unlock_initiated(Check& check, const PoolView& pool,
                            schema::UnlockInitiated::Reader event) {
  const auto* sequencer = check.sequencer(event.getSequencerId());
  if (!sequencer) return;
  check.same("status", sequencer->status, SequencerStatus::active);
  check.same("nonce", sequencer->nonce + 1, read_u256(event.getNonce()));
  check.same("signer", sequencer->signer, address(event.getSigner()));
  check.same("deactivationBatch", pool.batch.id, read_u256(event.getDeactivationBatch()));
  check.same("deactivationTime", U256(event.getPosition().getTimestamp()),
             read_u256(event.getDeactivationTime()));
  check.same("unlockClaimTime", read_u256(event.getDeactivationTime()) + pool.exit_delay_period,
             read_u256(event.getUnlockClaimTime()));
}

void check_unlocked(Check& check, const PoolView& pool, schema::Unlocked::Reader event) {
  check.same("totalLocked", pool.total_locked - read_u256(event.getAmount()),
             read_u256(event.getTotal()));
  const auto* sequencer = check.sequencer(event.getSequencerId());
  if (!sequencer) return;
  check.same("status", sequencer->status, SequencerStatus::inactive);
  check.same("amount", sequencer->amount, read_u256(event.getAmount()));
  check.same("owner", sequencer->owner, address(event.getOwner()));
  const U256 now(event.getPosition().getTimestamp());
  check.holds(now >= sequencer->unlock_claim_time, "unlockClaimTime",
              to_decimal(sequencer->unlock_claim_time), to_decimal(now));
}

void check_distributed(Check& check, const PoolView& pool,
                       schema::RewardDistributed::Reader event) {
  const U256 start = read_u256(event.getStartEpoch()), end = read_u256(event.getEndEpoch());
  check.same("batch id", pool.batch.id + 1, read_u256(event.getBatchId()));
  check.same("startEpoch", pool.batch.end_epoch + 1, start);
  check.holds(start < end, "endEpoch", "above " + to_decimal(start), to_decimal(end));
  check.same("rewardPerBlock", pool.reward_per_block, read_u256(event.getRpb()));
  if (event.getSource() == schema::SplitSource::UNKNOWN) return;
  U256 sum = 0;
  for (const auto credit : event.getCredits()) {
    sum += read_u256(credit.getAmount());
    const auto* sequencer = check.sequencer(credit.getSequencerId());
    if (!sequencer) continue;
    check.holds(sequencer->status != SequencerStatus::unlocked, "status of one credited",
                "active or inactive", std::string(status_name(sequencer->status)));
    check.same("credit", read_u256(credit.getBlocks()) * read_u256(event.getRpb()),
               read_u256(credit.getAmount()));
  }
  check.plain();
  check.same("sum of the credits", sum, read_u256(event.getAmount()));
}

void check_signer_changed(Check& check, const PoolView& pool, schema::SignerChanged::Reader event) {
  const auto* sequencer = check.sequencer(event.getSequencerId());
  if (!sequencer) return;
  const Address signer = address(event.getNewSigner());
  check.same("status", sequencer->status, SequencerStatus::active);
  check.same("nonce", sequencer->nonce + 1, read_u256(event.getNonce()));
  check.same("signer", sequencer->signer, address(event.getOldSigner()));
  const auto known = pool.signers.find(signer);
  check.holds(known == pool.signers.end(), "a new signer's former id",
              known == pool.signers.end() ? "" : to_decimal(known->second), "0");
  const auto key = keccak256(view(event.getPubkey()));
  check.same("signer of the public key", *Address::from(key.view().last(Address::size)), signer);
}

}  // namespace

std::vector<Mismatch> check_event(const PoolView& pool, LockingFact::Reader event) {
  Check check(pool);
  const auto checked = [&] { return check.take(); };
  switch (event.which()) {
    case LockingFact::LOCKED:
      return check_locked(check, pool, event.getLocked()), checked();
    case LockingFact::RELOCKED:
      return check_relocked(check, pool, event.getRelocked()), checked();
    case LockingFact::WITHDRAWN:
      return check_withdrawn(check, event.getWithdrawn()), checked();
    case LockingFact::LOCK_UPDATED:
      return check_lock_updated(check, event.getLockUpdated()), checked();
    case LockingFact::REWARDS_CLAIMED:
      return check_claimed(check, pool, event.getRewardsClaimed()), checked();
    case LockingFact::UNLOCK_INITIATED:
      return check_unlock_initiated(check, pool, event.getUnlockInitiated()), checked();
    case LockingFact::UNLOCKED:
      return check_unlocked(check, pool, event.getUnlocked()), checked();
    case LockingFact::BATCH_SUBMITTED:
      return check.same("batch id", pool.batch.id + 1,
                        read_u256(event.getBatchSubmitted().getBatchId())),
             checked();
    case LockingFact::REWARD_DISTRIBUTED:
      return check_distributed(check, pool, event.getRewardDistributed()), checked();
    case LockingFact::SIGNER_CHANGED:
      return check_signer_changed(check, pool, event.getSignerChanged()), checked();
    case LockingFact::REWARD_PER_BLOCK_UPDATED:
      return check.same("rewardPerBlock", pool.reward_per_block,
                        read_u256(event.getRewardPerBlockUpdated().getPrevious())),
             checked();
    case LockingFact::EXIT_DELAY_CHANGED:
      return check.same("exitDelayPeriod", pool.exit_delay_period,
                        read_u256(event.getExitDelayChanged().getPrevious())),
             checked();
    case LockingFact::REWARD_RECIPIENT_CHANGED:
      return check.sequencer(event.getRewardRecipientChanged().getSequencerId()), checked();
    case LockingFact::OWNER_CHANGED:
      return check.sequencer(event.getOwnerChanged().getSequencerId()), checked();
    case LockingFact::PAUSED:
      return check.holds(!pool.paused, "paused", "yes", "again"), checked();
    case LockingFact::UNPAUSED:
      return check.holds(pool.paused, "paused", "no", "unpaused"), checked();
    case LockingFact::MIN_LOCK_SET:
    case LockingFact::MAX_LOCK_SET:
    case LockingFact::REWARD_PAYER_SET:
    case LockingFact::MPC_UPDATED:
    case LockingFact::SIGNER_UPDATE_THROTTLE_SET:
    case LockingFact::WHITELIST_SET:
    case LockingFact::UPGRADED:
      return {};  // nothing said before binds these
    case LockingFact::NONE:
    case LockingFact::POOL_OPENED:
    case LockingFact::L1_ADVANCED:
    case LockingFact::L1_REVERTED:
    case LockingFact::DISCREPANCY_FOUND:
      stop("a locking fact that is no event was checked as one");
  }
  stop("a locking fact written by a newer version");
}

}  // namespace horae
