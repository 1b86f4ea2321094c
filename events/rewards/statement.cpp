#include "events/rewards/statement.hpp"

#include <algorithm>
#include <set>

#include "core/rules/reward.hpp"

namespace horae {
namespace {

using schema::LeftOut;
using schema::LockingFact;
using schema::RewardsFact;
using schema::SplitSource;

std::string why_left_out(LeftOut reason, schema::BlockCounting counting) {
  switch (reason) {
    case LeftOut::NO:
      return {};
    case LeftOut::RETIRED:
      return "its exit is claimed, and naming its signer would revert the whole batch";
    case LeftOut::UNKNOWN:
      return "the pool has no such sequencer";
    case LeftOut::NOTHING_COUNTED:
      return "none of its blocks counts: " + schema_name(counting) + " ones do";
  }
  stop("a reason to leave out that was written by a newer version");
}

// What was allotted and not produced would have been paid where produced blocks count.
// cut_short: blocks of its epochs that nobody made, which are paid to nobody either way.
U256 missed_income(schema::PeriodClosed::Reader closed, std::uint64_t allotted,
                   std::uint64_t produced, std::uint64_t cut_short, LeftOut left_out,
                   const U256& reward_per_block) {
  if (left_out == LeftOut::RETIRED || left_out == LeftOut::UNKNOWN) return 0;
  const bool produced_count = closed.getCounting() == schema::BlockCounting::PRODUCED;
  const auto others = produced_count && allotted > produced ? allotted - produced : 0;
  return reward_amount(others + cut_short, reward_per_block);
}

bool is_turn(const RecordView& record) {
  if (record.header.domain != Domain::BLOCKS ||
      record.header.kind != static_cast<std::uint16_t>(schema::BlocksFact::EPOCH_STARTED)) {
    return false;
  }
  const auto fact = Msg<schema::BlocksFact>::of(Message::trusted(record.payload));
  return fact.read().getEpochStarted().getWhy() != schema::EpochCause::NONE;
}

bool moves_rewards(LockingFact::Reader fact) {
  switch (fact.which()) {
    case LockingFact::REWARDS_CLAIMED:
    case LockingFact::REWARD_DISTRIBUTED:
    case LockingFact::UNLOCK_INITIATED:
    case LockingFact::UNLOCKED:
    case LockingFact::L1_REVERTED:
      return true;
    case LockingFact::RELOCKED:
      return fact.getRelocked().getSource() == SplitSource::UNKNOWN ||
             read_u256(fact.getRelocked().getFromReward()) > 0;
    case LockingFact::NONE:
    case LockingFact::POOL_OPENED:
    case LockingFact::LOCKED:
    case LockingFact::WITHDRAWN:
    case LockingFact::LOCK_UPDATED:
    case LockingFact::BATCH_SUBMITTED:
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
    case LockingFact::L1_ADVANCED:
    case LockingFact::DISCREPANCY_FOUND:
      return false;
  }
  stop("a locking fact written by a newer version");
}

}  // namespace

bool RewardStatement::is_told(const RecordView& record) {
  if (record.header.domain == Domain::REWARDS) {
    return record.header.kind != static_cast<std::uint16_t>(RewardsFact::BLOCK_CREDITED);
  }
  if (is_turn(record)) return true;
  if (record.header.domain != Domain::LOCKING) return false;
  return moves_rewards(Msg<LockingFact>::of(Message::trusted(record.payload)).read());
}

// Collecting

void RewardStatement::add(const RecordView& record) {
  if (!is_told(record)) return;
  const auto payload = Message::trusted(record.payload);
  if (record.header.domain == Domain::REWARDS) {
    add_rewards(record.header.seq, Msg<RewardsFact>::of(payload).read());
  } else if (record.header.domain == Domain::BLOCKS) {
    add_epoch(Msg<schema::BlocksFact>::of(payload).read().getEpochStarted());
  } else {
    add_locking(record.header.seq, Msg<LockingFact>::of(payload).read());
  }
}

void RewardStatement::add_epoch(schema::EpochStarted::Reader started) {
  const auto begins = started.getStartBlock();
  if (running_ && running_->number + 1 == started.getNumber() && begins <= running_->end_block) {
    // Where blocks were revoked, the next one may begin before this one did.
    const auto from = std::max(begins, running_->start_block);
    cut_short_[running_->number] = {running_->sequencer, running_->end_block + 1 - from};
  }
  running_ = {started.getNumber(), started.getStartBlock(), started.getEndBlock(),
              read_u256(started.getSequencerId())};
}

void RewardStatement::add_rewards(std::uint64_t seq, RewardsFact::Reader fact) {
  switch (fact.which()) {
    case RewardsFact::NONE:
      break;
    case RewardsFact::REWARDS_OPENED:
      rules_seq_ = seq;
      rules_ = Msg<schema::RewardsOpened>::copy_of(fact.getRewardsOpened());
      return;
    case RewardsFact::BLOCK_CREDITED:
      return;
    case RewardsFact::PERIOD_CLOSED: {
      const auto closed = fact.getPeriodClosed();
      auto& composition = batches_[read_u256(closed.getBatchId())].compositions.emplace_back();
      composition.seq = seq;
      composition.closed = Msg<schema::PeriodClosed>::copy_of(closed);
      if (!rules_.empty()) composition.target_rate_ppm = rules_.read().getTargetRatePpm();
      for (const auto line : closed.getLines()) {
        composition.blocks[read_u256(line.getSequencerId())] = {line.getAllotted(),
                                                                line.getProduced(),
                                                                line.getBlocks(),
                                                                line.getLeftOut(),
                                                                fixed<Address>(line.getSigner()),
                                                                read_u256(line.getAmount())};
      }
      return;
    }
    case RewardsFact::PERIOD_REOPENED: {
      const auto reopened = fact.getPeriodReopened();
      auto& entry = batches_[read_u256(reopened.getBatchId())].reopenings.emplace_back();
      entry.seq = seq;
      entry.composition = reopened.getComposition();
      entry.cause = reopened.getCause();
      if (reopened.getTxnHash().size() != 0) entry.txn = fixed<Hash32>(reopened.getTxnHash());
      entry.detail = reopened.getDetail().cStr();
      return;
    }
    case RewardsFact::BATCH_PAID:
      return add_paid(seq, fact.getBatchPaid());
    case RewardsFact::BATCH_UNPAID: {
      auto& batch = batches_[read_u256(fact.getBatchUnpaid().getBatchId())];
      // The L1Reverted that led to it has been heard, unless the statement begins behind it.
      if (batch.payment || batch.taken_back.empty()) {
        auto& back = batch.taken_back.emplace_back();
        if (batch.payment) back.txn = batch.payment->txn;
        batch.payment.reset();
      }
      batch.taken_back.back().seq = seq;
      return;
    }
  }
  stop("a rewards fact written by a newer version");
}

void RewardStatement::add_paid(std::uint64_t seq, schema::BatchPaid::Reader paid) {
  Payment out;
  out.seq = seq;
  out.composition = paid.getComposition();
  out.agrees = paid.getAgrees();
  out.split_known = paid.getSplitKnown();
  out.l1_block = paid.getPosition().getBlock();
  out.txn = fixed<Hash32>(paid.getPosition().getTxnHash());
  out.start_epoch = read_u256(paid.getStartEpoch());
  out.end_epoch = read_u256(paid.getEndEpoch());
  out.amount = read_u256(paid.getAmount());
  out.reward_per_block = read_u256(paid.getRewardPerBlock());
  for (const auto line : paid.getLines()) {
    auto& part = out.parts[read_u256(line.getSequencerId())];
    part.computed_blocks = line.getComputedBlocks();
    part.computed = read_u256(line.getComputedAmount());
    if (out.split_known) {
      part.paid = read_u256(line.getPaidAmount());
      part.credited = read_u256(line.getPaidBlocks());
    }
  }
  batches_[read_u256(paid.getBatchId())].payment = std::move(out);
}

// Of a batch before the log had accounts nothing but L1's own word is known.
void RewardStatement::add_distributed(std::uint64_t seq, schema::RewardDistributed::Reader batch) {
  Payment out;
  out.seq = seq;
  out.split_known = batch.getSource() != SplitSource::UNKNOWN;
  out.l1_block = batch.getPosition().getBlock();
  out.txn = fixed<Hash32>(batch.getPosition().getTxnHash());
  out.start_epoch = read_u256(batch.getStartEpoch());
  out.end_epoch = read_u256(batch.getEndEpoch());
  out.amount = read_u256(batch.getAmount());
  out.reward_per_block = read_u256(batch.getRpb());
  for (const auto credit : batch.getCredits()) {
    auto& part = out.parts[read_u256(credit.getSequencerId())];
    part.paid = part.paid.value_or(0) + read_u256(credit.getAmount());
    part.credited = part.credited.value_or(0) + read_u256(credit.getBlocks());
  }
  batches_[read_u256(batch.getBatchId())].payment = std::move(out);
}

void RewardStatement::take_back(std::uint64_t seq, std::uint64_t above) {
  std::erase_if(movements_, [&](const Movement& each) { return each.l1_block > above; });
  for (auto& [id, batch] : batches_) {
    if (!batch.payment || batch.payment->l1_block <= above) continue;
    batch.taken_back.push_back({seq, batch.payment->txn});
    batch.payment.reset();
  }
}

void RewardStatement::add_locking(std::uint64_t seq, LockingFact::Reader fact) {
  const auto move = [&](const char* name, const auto& event, std::optional<U256> amount) {
    const auto id = read_u256(event.getSequencerId());
    if (!concerns(id)) return static_cast<Movement*>(nullptr);
    movements_.push_back({seq,
                          name,
                          event.getPosition().getBlock(),
                          fixed<Hash32>(event.getPosition().getTxnHash()),
                          id,
                          std::move(amount),
                          {}});
    return &movements_.back();
  };
  if (fact.isRewardDistributed()) {
    add_distributed(seq, fact.getRewardDistributed());
  } else if (fact.isL1Reverted()) {
    take_back(seq, fact.getL1Reverted().getTo().getNumber());
  } else if (fact.isRewardsClaimed()) {
    const auto event = fact.getRewardsClaimed();
    auto* made = move("rewardsClaimed", event, read_u256(event.getAmount()));
    if (made != nullptr) made->recipient = fixed<Address>(event.getRecipient());
  } else if (fact.isRelocked()) {
    const auto event = fact.getRelocked();
    const bool known = event.getSource() != SplitSource::UNKNOWN;
    move("relocked", event, known ? std::optional(read_u256(event.getFromReward())) : std::nullopt);
  } else if (fact.isUnlockInitiated()) {
    move("unlockInitiated", fact.getUnlockInitiated(),
         read_u256(fact.getUnlockInitiated().getReward()));
  } else if (fact.isUnlocked()) {
    move("unlocked", fact.getUnlocked(), read_u256(fact.getUnlocked().getAmount()));
  }
}

// Telling

std::uint64_t RewardStatement::Composition::credited() const {
  std::uint64_t out = 0;
  for (const auto& [sequencer, each] : blocks) {
    if (each.left_out == schema::LeftOut::NO) out += each.counted;
  }
  return out;
}

const RewardStatement::Composition* RewardStatement::find(const Batch& batch,
                                                          std::uint32_t composition) {
  for (const auto& each : batch.compositions) {
    if (each.closed.read().getComposition() == composition) return &each;
  }
  return nullptr;
}

const RewardStatement::Composition* RewardStatement::awaiting(const U256& id,
                                                              const Batch& batch) const {
  if (batch.payment || batch.compositions.empty()) return nullptr;
  const auto& last = batch.compositions.back();
  const auto closed = last.closed.read();
  for (const auto& reopening : batch.reopenings) {
    if (reopening.composition == closed.getComposition()) return nullptr;
  }
  // It waits only while it is the next batch: L1 may have taken the one before it back.
  const auto before = batches_.find(id - 1);
  if (before == batches_.end()) return &last;
  const auto& payment = before->second.payment;
  const bool next = payment && payment->end_epoch + 1 == U256(closed.getStartEpoch());
  return next ? &last : nullptr;
}

std::string RewardStatement::status(const U256& id, const Batch& batch,
                                    const Composition& composition) const {
  const auto own = composition.closed.read().getComposition();
  if (batch.payment && batch.payment->composition == own) return "paid";
  for (const auto& reopening : batch.reopenings) {
    if (reopening.composition == own) return "reopened";
  }
  if (awaiting(id, batch) == &composition) return "awaiting";
  const auto before = batches_.find(id - 1);
  const bool waits_for_the_one_before =
      !batch.payment && before != batches_.end() && !before->second.payment;
  return waits_for_the_one_before ? "behind" : "supplanted";
}

std::uint64_t RewardStatement::cut_short(const U256& sequencer, const U256& first,
                                         const U256& last) const {
  std::uint64_t out = 0;
  for (const auto& [epoch, each] : cut_short_) {
    if (each.sequencer == sequencer && U256(epoch) >= first && U256(epoch) <= last) {
      out += each.blocks;
    }
  }
  return out;
}

void RewardStatement::add_lines(std::vector<Line>& out, const U256& id, const Batch& batch) const {
  const auto* waiting = awaiting(id, batch);
  if (!batch.payment && waiting == nullptr) return;
  const auto* payment = batch.payment ? &*batch.payment : nullptr;
  const auto* composition =
      payment == nullptr
          ? waiting
          : (payment->composition == 0 ? nullptr : find(batch, payment->composition));
  std::set<U256> ids;
  if (payment != nullptr) {
    for (const auto& [sequencer, part] : payment->parts) ids.insert(sequencer);
  }
  if (composition != nullptr) {
    for (const auto& [sequencer, blocks] : composition->blocks) ids.insert(sequencer);
    // Of an epoch without a block there is no line.
    const auto closed = composition->closed.read();
    for (const auto& [epoch, each] : cut_short_) {
      if (epoch >= closed.getStartEpoch() && epoch <= closed.getEndEpoch()) {
        ids.insert(each.sequencer);
      }
    }
  }
  if (sequencer_) ids = {*sequencer_};
  for (const auto& sequencer : ids) {
    Line line;
    line.sequencer = sequencer;
    line.batch = id;
    if (payment != nullptr) {
      line.seq = payment->seq;
      line.txn = payment->txn;
      line.composition = payment->composition;
      line.start_epoch = payment->start_epoch;
      line.end_epoch = payment->end_epoch;
      line.reward_per_block = payment->reward_per_block;
      const auto part = payment->parts.find(sequencer);
      if (part != payment->parts.end()) {
        line.counted = part->second.computed_blocks;
        line.computed = part->second.computed;
        line.paid = part->second.paid;
        line.credited = part->second.credited;
      } else {
        // Nothing was computed for it here where this log had accounts, nothing paid where L1's
        // parts are known.
        if (payment->agrees) {
          line.counted = 0;
          line.computed = U256(0);
        }
        if (payment->split_known) line.paid = line.credited = U256(0);
      }
    } else {
      const auto closed = waiting->closed.read();
      line.awaiting = true;
      line.seq = waiting->seq;
      line.composition = closed.getComposition();
      line.start_epoch = closed.getStartEpoch();
      line.end_epoch = closed.getEndEpoch();
      line.reward_per_block = read_u256(closed.getRewardPerBlock());
    }
    if (composition != nullptr) {
      line.composed_seq = composition->seq;
      const auto closed = composition->closed.read();
      const auto found = composition->blocks.find(sequencer);
      const auto blocks = found == composition->blocks.end() ? Blocks{} : found->second;
      line.allotted = blocks.allotted;
      line.produced = blocks.produced;
      line.counted = blocks.counted;
      if (found != composition->blocks.end()) line.signer = blocks.signer;
      if (line.awaiting) line.computed = blocks.amount;
      const auto cut = cut_short(sequencer, closed.getStartEpoch(), closed.getEndEpoch());
      line.missed = missed_income(closed, blocks.allotted, blocks.produced, cut, blocks.left_out,
                                  line.reward_per_block);
      line.no_reward = found == composition->blocks.end()
                           ? "no block of these epochs is its own"
                           : why_left_out(blocks.left_out, closed.getCounting());
    } else if (line.paid == U256(0)) {
      if (line.counted.value_or(0) > 0) {
        line.no_reward = "L1's batch, which this log did not compose, credits nothing to it";
      } else if (line.counted) {
        line.no_reward = "none of its blocks counts in these epochs";
      } else {
        line.no_reward = "L1's batch, from before this log's accounts, credits nothing to it";
      }
    }
    out.push_back(std::move(line));
  }
}

std::vector<RewardStatement::Line> RewardStatement::lines() const {
  std::vector<Line> out;
  for (const auto& [id, batch] : batches_) add_lines(out, id, batch);
  return out;
}

std::map<U256, RewardStatement::Total> RewardStatement::totals() const {
  std::map<U256, Total> out;
  for (const auto& line : lines()) {
    auto& total = out[line.sequencer];
    total.missed += line.missed;
    if (line.awaiting) {
      total.awaiting += *line.computed;
      continue;
    }
    if (line.computed) total.computed += *line.computed;
    if (line.paid) total.paid += *line.paid;
    if (!line.paid) ++total.unknown;
    if (!line.computed || !line.paid) continue;
    if (*line.paid > *line.computed) total.over += *line.paid - *line.computed;
    if (*line.paid < *line.computed) total.under += *line.computed - *line.paid;
  }
  for (const auto& movement : movements_) {
    auto& total = out[movement.sequencer];
    // UnlockInitiated's reward is in the RewardsClaimed of the same transaction, too.
    if (movement.fact == "rewardsClaimed") {
      total.claimed += *movement.amount;
    } else if (movement.fact == "relocked") {
      if (movement.amount) total.compounded += *movement.amount;
      if (!movement.amount) ++total.unknown;
    }
  }
  return out;
}

}  // namespace horae
