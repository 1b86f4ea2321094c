#include "events/locking/words.hpp"

#include "core/words.hpp"
#include "events/locking/locking.hpp"

namespace horae {
namespace {

using schema::LockingFact;

template <class Event>
std::string sequencer_of(Event event) {
  return "sequencer " + to_decimal(read_u256(event.getSequencerId()));
}
std::string metis_of(capnp::Data::Reader wei) { return metis_words(read_u256(wei)) + " METIS"; }
std::string address_of(capnp::Data::Reader bytes) { return to_hex(view(bytes)); }

std::string relocked(schema::Relocked::Reader event) {
  auto out = sequencer_of(event) + " locks " + metis_of(event.getAmount()) + " more";
  const bool known = event.getSource() != schema::SplitSource::UNKNOWN;
  if (known && read_u256(event.getFromReward()) != 0) {
    out += ", " + metis_of(event.getFromReward()) + " of it from its reward";
  }
  return out + ", " + metis_of(event.getTotal()) + " in all";
}

}  // namespace

std::string words_of(LockingFact::Reader fact) {
  switch (fact.which()) {
    case LockingFact::POOL_OPENED:
      return "LockingPool " + address_of(fact.getPoolOpened().getLockingPool());
    case LockingFact::LOCKED: {
      const auto event = fact.getLocked();
      return sequencer_of(event) + " locks " + metis_of(event.getAmount()) + ", signer " +
             address_of(event.getSigner());
    }
    case LockingFact::RELOCKED:
      return relocked(fact.getRelocked());
    case LockingFact::WITHDRAWN:
      return sequencer_of(fact.getWithdrawn()) + " withdraws " +
             metis_of(fact.getWithdrawn().getAmount());
    case LockingFact::LOCK_UPDATED:
      return sequencer_of(fact.getLockUpdated()) + " has " +
             metis_of(fact.getLockUpdated().getNewAmount()) + " locked";
    case LockingFact::REWARDS_CLAIMED:
      return sequencer_of(fact.getRewardsClaimed()) + " claims " +
             metis_of(fact.getRewardsClaimed().getAmount()) + " for " +
             address_of(fact.getRewardsClaimed().getRecipient());
    case LockingFact::UNLOCK_INITIATED:
      return sequencer_of(fact.getUnlockInitiated()) + " leaves, may claim its lock from " +
             time_words(
                 static_cast<std::uint64_t>(
                     read_u256(fact.getUnlockInitiated().getUnlockClaimTime()) % (U256(1) << 40)) *
                 1000) +
             " on";
    case LockingFact::UNLOCKED:
      return sequencer_of(fact.getUnlocked()) + " has claimed its lock of " +
             metis_of(fact.getUnlocked().getAmount());
    case LockingFact::BATCH_SUBMITTED:
      return "batch " + to_decimal(read_u256(fact.getBatchSubmitted().getBatchId()));
    case LockingFact::REWARD_DISTRIBUTED: {
      const auto event = fact.getRewardDistributed();
      return "batch " + to_decimal(read_u256(event.getBatchId())) + ", epochs " +
             to_decimal(read_u256(event.getStartEpoch())) + " to " +
             to_decimal(read_u256(event.getEndEpoch())) + ", pays " + metis_of(event.getAmount());
    }
    case LockingFact::SIGNER_CHANGED:
      return sequencer_of(fact.getSignerChanged()) + " signs with " +
             address_of(fact.getSignerChanged().getNewSigner()) + " from now on";
    case LockingFact::MIN_LOCK_SET:
      return metis_of(fact.getMinLockSet().getValue());
    case LockingFact::MAX_LOCK_SET:
      return metis_of(fact.getMaxLockSet().getValue());
    case LockingFact::REWARD_PAYER_SET:
      return address_of(fact.getRewardPayerSet().getAddress());
    case LockingFact::REWARD_PER_BLOCK_UPDATED:
      return metis_of(fact.getRewardPerBlockUpdated().getValue());
    case LockingFact::MPC_UPDATED:
      return "reward batches come from " + address_of(fact.getMpcUpdated().getAddress());
    case LockingFact::EXIT_DELAY_CHANGED:
      return to_decimal(read_u256(fact.getExitDelayChanged().getValue())) + " s";
    case LockingFact::SIGNER_UPDATE_THROTTLE_SET:
      return to_decimal(read_u256(fact.getSignerUpdateThrottleSet().getValue())) + " batches";
    case LockingFact::WHITELIST_SET:
      return address_of(fact.getWhitelistSet().getUser()) +
             (fact.getWhitelistSet().getAllowed() ? " may lock" : " may not lock any more");
    case LockingFact::REWARD_RECIPIENT_CHANGED:
      return sequencer_of(fact.getRewardRecipientChanged()) + " is paid to " +
             address_of(fact.getRewardRecipientChanged().getAddress());
    case LockingFact::OWNER_CHANGED:
      return sequencer_of(fact.getOwnerChanged()) + " is owned by " +
             address_of(fact.getOwnerChanged().getAddress());
    case LockingFact::PAUSED:
      return "by " + address_of(fact.getPaused().getAddress());
    case LockingFact::UNPAUSED:
      return "by " + address_of(fact.getUnpaused().getAddress());
    case LockingFact::UPGRADED:
      return address_of(fact.getUpgraded().getProxy()) + " runs " +
             address_of(fact.getUpgraded().getImplementation());
    case LockingFact::L1_REVERTED:
      return "everything above block " + std::to_string(fact.getL1Reverted().getTo().getNumber()) +
             " is taken back";
    case LockingFact::DISCREPANCY_FOUND: {
      const auto event = fact.getDiscrepancyFound();
      return std::string(event.getWhat().cStr()) + ": wanted " + event.getFolded().cStr() +
             ", L1 says " + event.getLogged().cStr();
    }
    case LockingFact::NONE:
    case LockingFact::L1_ADVANCED:
      return {};
  }
  stop("a locking fact written by a newer version");
}

}  // namespace horae
