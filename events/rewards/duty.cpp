#include "events/rewards/duty.hpp"

#include <algorithm>

namespace horae {
namespace {

using schema::ReopenCause;
using schema::RewardDuty;

Msg<RewardDuty> wait(const std::string& why) {
  return Msg<RewardDuty>::build([&](auto duty) { duty.setWait(why.c_str()); });
}

Msg<RewardDuty> reopen(schema::PeriodClosed::Reader closed, ReopenCause cause,
                       const std::optional<Hash32>& txn, const std::string& detail) {
  return Msg<RewardDuty>::build([&](auto duty) {
    auto reopened = duty.initReopen();
    reopened.setComposition(closed.getComposition());
    reopened.setCause(cause);
    reopened.setBatchId(closed.getBatchId());
    if (txn) reopened.setTxnHash(data(*txn));
    reopened.setDetail(detail.c_str());
  });
}

// Why LockingPool would refuse the composition as things stand, or nothing.
std::string stale(schema::PeriodClosed::Reader closed, const PoolStanding& pool) {
  if (read_u256(closed.getBatchId()) != pool.batch_id + 1 ||
      U256(closed.getStartEpoch()) != pool.end_epoch + 1) {
    return "LockingPool's last batch is " + to_decimal(pool.batch_id) + ", up to epoch " +
           to_decimal(pool.end_epoch);
  }
  for (const auto line : closed.getLines()) {
    if (line.getLeftOut() != schema::LeftOut::NO) continue;
    const auto id = read_u256(line.getSequencerId());
    const auto member = pool.members.find(id);
    if (member == pool.members.end()) {
      return "the pool has no sequencer " + to_decimal(id) + " any more";
    }
    if (member->second.retired) return "sequencer " + to_decimal(id) + " has claimed its exit";
    if (member->second.signer != fixed<Address>(line.getSigner())) {
      return "sequencer " + to_decimal(id) + " signs with " + to_hex(member->second.signer) +
             " now, not with " + to_hex(view(line.getSigner()));
    }
  }
  return {};
}

std::string why_stalled(StallReason reason) {
  switch (reason) {
    case StallReason::NONE:
      return {};
    case StallReason::NO_FUNDS:
      return "stalled: its account cannot pay for gas";
    case StallReason::FEE_CAP:
      return "stalled: gas costs more than the fee cap";
    case StallReason::WOULD_REVERT:
      return "stalled: LockingPool refuses it in a trial call";
    case StallReason::ENDPOINT_REFUSES:
      return "stalled: the L1 endpoint does not take it";
    case StallReason::NOT_SIGNED:
      return "stalled: the signing round came to nothing";
  }
  stop("a stall reason written by a newer version");
}

std::optional<Hash32> mined_hash(const Submission& submission) {
  const auto found =
      std::ranges::find(submission.attempts, submission.mined_attempt, &SignedAttempt::number);
  if (found == submission.attempts.end()) return std::nullopt;
  return found->hash;
}
std::string mined_block(const Submission& submission) {
  return submission.mined_in ? "L1 block " + std::to_string(submission.mined_in->number)
                             : "an L1 block";
}

// What a live submission that has not failed waits for.
std::string awaited(const Submission& submission) {
  if (auto why = why_stalled(submission.stalled); !why.empty()) return why;
  switch (submission.status) {
    case SubmissionStatus::PLANNED:
      return "planned, to be signed";
    case SubmissionStatus::SIGNED:
      return "signed, to be sent";
    case SubmissionStatus::SENT:
      return "sent to L1 as " + to_hex(submission.attempts.back().hash) + ", not mined yet";
    case SubmissionStatus::MINED:
      return "mined in " + mined_block(submission) + ", waiting for the listener";
    case SubmissionStatus::REVERTED:
      return "reverted in " + mined_block(submission);
  }
  stop("a submission status written by a newer version");
}

Msg<RewardDuty> duty_of(schema::PeriodClosed::Reader closed, const PoolStanding& pool,
                        const Submissions& submissions, const Mpc& mpc, const Address& pool_mpc,
                        const Address& own) {
  const auto key = mpc.keys.find(MpcPurpose::REWARD_SUBMIT);
  if (key == mpc.keys.end() || key->second.address != pool_mpc || own != pool_mpc) {
    return wait("LockingPool takes reward batches from " + to_hex(pool_mpc) +
                ", this node's key is " + to_hex(own) +
                ": give it the other one's keystore, or have the pool's owner call updateMpc");
  }
  const SlotName slot{MpcPurpose::REWARD_SUBMIT, pool_mpc, read_u256(closed.getBatchId()),
                      closed.getComposition()};
  const auto* live = of_slot(submissions, slot);
  if (live != nullptr && live->status == SubmissionStatus::REVERTED) {
    return reopen(closed, ReopenCause::REVERTED, mined_hash(*live), awaited(*live));
  }
  // What we sent is waited for: it may land yet, and if it reverts, that is told. A signature that
  // nothing of ours carries binds nobody: whoever sent it would be refused as we would be, and if
  // L1 went back and took it, it would take no other composition of the batch.
  const bool harmless = live == nullptr || can_give_up(*live);
  if (const auto why = stale(closed, pool); harmless && !why.empty()) {
    return reopen(closed, ReopenCause::BECAME_STALE, std::nullopt, why);
  }
  if (live == nullptr) {
    return Msg<RewardDuty>::build([&](auto duty) { duty.setSubmit(closed); });
  }
  return wait("batch " + to_decimal(slot.batch_id) + ", composition " +
              std::to_string(slot.composition) + ": " + awaited(*live));
}

}  // namespace

Msg<RewardDuty> reward_duty(const Rewards& rewards, const PoolStanding& pool,
                            const Submissions& submissions, const Mpc& mpc, const Address& pool_mpc,
                            const Address& own) {
  if (!rewards.open) return wait("rewards are not open");
  const auto key = mpc.keys.find(MpcPurpose::REWARD_SUBMIT);
  if (key != mpc.keys.end() && key->second.address != own && own == pool_mpc) {
    return Msg<RewardDuty>::build([](auto duty) { duty.setSucceed(); });
  }
  if (rewards.closed) return duty_of(**rewards.closed, pool, submissions, mpc, pool_mpc, own);
  if (!pool.l1_head || pool.l1_time == 0)
    return wait("no time of L1's confirmed head is known yet");
  if (const auto why = why_not_due(rewards, pool.l1_time, pool); !why.empty()) return wait(why);
  return Msg<RewardDuty>::build([&](auto duty) {
    auto close = duty.initClose();
    close.setTimestamp(pool.l1_time);
    close.initL1Block().setNumber(pool.l1_head->number);
    close.getL1Block().setHash(data(pool.l1_head->hash));
  });
}

}  // namespace horae
