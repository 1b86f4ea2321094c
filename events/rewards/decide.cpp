#include "events/rewards/rewards.hpp"

#include <algorithm>

#include "core/rules/reward.hpp"
#include "events/rewards/composition.hpp"

namespace horae {
namespace {

using schema::BlockCounting;
using schema::LeftOut;
using schema::RewardsFact;

// LockingPool.batchSubmitRewards: "invalid endEpoch" unless startEpoch < endEpoch.
constexpr std::uint32_t least_epochs = 2;

std::string say(std::uint64_t value) { return std::to_string(value); }

bool is_word(capnp::Data::Reader reader) { return reader.size() == Hash32::size; }

Decision one(Fact fact) {
  Decision out;
  out.facts.push_back(std::move(fact));
  return out;
}

// Why the accounts allow no period, whatever the time; empty where they do.
std::string why_no_epochs(const Rewards& state, const PoolStanding& pool) {
  const auto& last = state.paid.back();
  if (last.end_epoch >= U256(UINT64_MAX)) {
    return "LockingPool's batch " + to_decimal(last.id) + " ends with epoch " +
           to_decimal(last.end_epoch) + ", which no epoch here can follow: no period ever can";
  }
  if (pool.batch_id != last.id || pool.end_epoch != last.end_epoch) {
    return "LockingPool's last batch is " + to_decimal(pool.batch_id) + ", up to epoch " +
           to_decimal(pool.end_epoch) + ", but the last one paid here is " + to_decimal(last.id) +
           ", up to epoch " + to_decimal(last.end_epoch);
  }
  if (state.epochs.empty() || state.started_at == 0) {
    return "no block of epoch " + to_decimal(last.end_epoch + 1) + " or later was sealed yet";
  }
  const auto paid_end = static_cast<std::uint64_t>(last.end_epoch);
  const auto finished = state.running_epoch > paid_end ? state.running_epoch - 1 - paid_end : 0;
  if (finished < state.rules.min_epochs) {
    return say(finished) + " of " + say(state.rules.min_epochs) + " epochs from " +
           say(paid_end + 1) + " on are finished, epoch " + say(state.running_epoch) + " runs";
  }
  return {};
}

bool due_by(const Rewards& state, std::uint64_t timestamp) {
  return timestamp >= state.started_at && timestamp - state.started_at >= state.rules.period_s;
}

std::string why_not_by(const Rewards& state, std::uint64_t timestamp) {
  return "the period began at " + say(state.started_at) + " and lasts " +
         say(state.rules.period_s) + " s; the confirmed L1 block is of " + say(timestamp);
}

std::string name_of(schema::PeriodClosed::Reader closed) {
  return "composition " + say(closed.getComposition()) + " of batch " +
         to_decimal(read_u256(closed.getBatchId()));
}

void write(schema::L1Block::Builder out, const L1Point& point) {
  out.setNumber(point.number);
  out.setHash(data(point.hash));
}

// Commands

Decision opened(schema::RewardsOpened::Reader rules, const U256& batch_id, const U256& end_epoch,
                std::int32_t after) {
  return one(make_fact<RewardsFact>(
      [&](auto fact) {
        auto out = fact.initRewardsOpened();
        out.setPeriodSeconds(rules.getPeriodSeconds());
        out.setMinEpochs(rules.getMinEpochs());
        out.setCounting(rules.getCounting());
        out.setTargetRatePpm(rules.getTargetRatePpm());
        out.setBatchId(data(to_word(batch_id)));
        out.setEndEpoch(data(to_word(end_epoch)));
      },
      after));
}

// Whether the rules came before the pool: its last batch is not known yet.
bool waits_for_pool(const Rewards& state) {
  return state.open && state.paid.size() == 1 && state.paid.front().id == 0;
}

Decision decide_open(const Rewards& state, schema::RewardsOpened::Reader rules,
                     const PoolStanding& pool) {
  if (rules.getMinEpochs() < least_epochs) {
    return refuse(Reason::WRONG_CONTENT,
                  "a period of fewer than two epochs: LockingPool wants "
                  "startEpoch < endEpoch");
  }
  if (rules.getCounting() != BlockCounting::ALLOTTED &&
      rules.getCounting() != BlockCounting::PRODUCED) {
    return refuse(Reason::WRONG_CONTENT, "no way to count blocks");
  }
  if (state.open && state.rules.period_s == rules.getPeriodSeconds() &&
      state.rules.min_epochs == rules.getMinEpochs() &&
      state.rules.counting == rules.getCounting() &&
      state.rules.target_rate_ppm == rules.getTargetRatePpm()) {
    return {};
  }
  return state.open ? opened(rules, state.paid.back().id, state.paid.back().end_epoch, -1)
                    : opened(rules, pool.batch_id, pool.end_epoch, -1);
}

Decision decide_close(const Rewards& state, schema::ClosePeriod::Reader command,
                      const PoolStanding& pool) {
  if (!state.open) return refuse(Reason::NOT_OPEN, "rewards are not open");
  if (!is_word(command.getL1Block().getHash())) {
    return refuse(Reason::MALFORMED, "the L1 block's hash is no 32 bytes");
  }
  if (state.closed) {
    const auto closed = state.closed->read();
    const bool same = closed.getClosedAt() == command.getTimestamp() &&
                      to_point(closed.getL1Block()) == to_point(command.getL1Block());
    if (same) return {};
  }
  if (auto why = why_not_due(state, command.getTimestamp(), pool); !why.empty()) {
    return refuse(Reason::NOT_DUE, std::move(why));
  }
  return one(make_fact<RewardsFact>(
      [&](auto fact) { write(fact.initPeriodClosed(), state, pool, command); }));
}

Decision decide_reopen(const Rewards& state, schema::PeriodReopened::Reader command) {
  if (!state.open) return refuse(Reason::NOT_OPEN, "rewards are not open");
  if (!is_word(command.getBatchId()) ||
      (command.getTxnHash().size() != 0 && !is_word(command.getTxnHash()))) {
    return refuse(Reason::MALFORMED, "a batch id or transaction hash that is no 32 bytes");
  }
  if (command.getCause() == schema::ReopenCause::NONE) {
    return refuse(Reason::MALFORMED, "a period reopened without a cause");
  }
  const auto batch = read_u256(command.getBatchId());
  const auto composition = command.getComposition();
  if (batch != next_batch(state) || composition == 0 || composition > state.compositions) {
    return refuse(Reason::NOT_DUE, "composition " + say(composition) + " of batch " +
                                       to_decimal(batch) + " is not closed and unpaid");
  }
  // An older composition was reopened before.
  if (!state.closed || state.closed->read().getComposition() != composition) return {};
  return one(make_fact<RewardsFact>([&](auto fact) { fact.setPeriodReopened(command); }));
}

// What L1 paid

struct Part {
  U256 paid_blocks, paid_amount;
  std::uint64_t blocks = 0;
  U256 amount;
};

std::map<U256, Part> credits_of(schema::RewardDistributed::Reader batch) {
  std::map<U256, Part> out;
  for (const auto credit : batch.getCredits()) {
    auto& part = out[read_u256(credit.getSequencerId())];
    part.paid_blocks += read_u256(credit.getBlocks());
    part.paid_amount += read_u256(credit.getAmount());
  }
  return out;
}

// Whether L1's batch is the one that is closed here: the same epochs, and the same blocks to the
// same sequencers (where L1's split is not known, the same sum).
bool is_ours(schema::PeriodClosed::Reader closed, schema::RewardDistributed::Reader batch,
             const std::map<U256, Part>& credits) {
  if (read_u256(closed.getBatchId()) != read_u256(batch.getBatchId()) ||
      U256(closed.getStartEpoch()) != read_u256(batch.getStartEpoch()) ||
      U256(closed.getEndEpoch()) != read_u256(batch.getEndEpoch())) {
    return false;
  }
  U256 sum = 0;
  std::map<U256, U256> ours;
  for (const auto line : closed.getLines()) {
    if (line.getLeftOut() != LeftOut::NO) continue;
    ours[read_u256(line.getSequencerId())] = line.getBlocks();
    sum += reward_amount(line.getBlocks(), read_u256(batch.getRpb()));
  }
  if (batch.getSource() == schema::SplitSource::UNKNOWN) return sum == read_u256(batch.getAmount());
  std::map<U256, U256> theirs;
  for (const auto& [id, part] : credits) {
    if (part.paid_blocks != 0) theirs[id] = part.paid_blocks;
  }
  return ours == theirs;
}

// Folding

void forget(Rewards& state) {
  // The oldest stands for what was before the kept ones.
  while (state.paid.size() > kept_batches + 1) state.paid.erase(state.paid.begin());
  auto& oldest = state.paid.front();
  oldest.closed.reset();
  std::erase_if(state.epochs,
                [&](const auto& epoch) { return U256(epoch.first) <= oldest.end_epoch; });
}

void apply_opened(Rewards& state, schema::RewardsOpened::Reader opened) {
  state.opened = Msg<schema::RewardsOpened>::copy_of(opened);
  state.rules = {opened.getPeriodSeconds(), opened.getMinEpochs(), opened.getCounting(),
                 opened.getTargetRatePpm()};
  if (state.open && !waits_for_pool(state)) return;
  state.open = true;
  state.paid.clear();
  auto& before = state.paid.emplace_back();
  before.id = read_u256(opened.getBatchId());
  before.end_epoch = read_u256(opened.getEndEpoch());
}

void apply_credited(Rewards& state, schema::BlockCredited::Reader credited) {
  const auto number = credited.getEpoch();
  if (number < state.running_epoch) {
    stop("BlockCredited to epoch " + say(number) + " while epoch " + say(state.running_epoch) +
         " runs");
  }
  state.running_epoch = number;
  if (U256(number) <= state.paid.front().end_epoch) return;  // nobody will ask for it again
  auto& epoch = state.epochs[number];
  if (epoch.blocks.empty()) {
    epoch.first_block = credited.getBlock();
  } else if (credited.getBlock() <= epoch.last_block) {
    stop("BlockCredited " + say(credited.getBlock()) + " after block " + say(epoch.last_block));
  }
  epoch.last_block = credited.getBlock();
  ++epoch.blocks[read_u256(credited.getAllottee())].allotted;
  ++epoch.blocks[read_u256(credited.getProducer())].produced;
  if (state.started_at == 0) state.started_at = credited.getTimestamp();
}

void apply_closed(Rewards& state, schema::PeriodClosed::Reader closed) {
  if (state.closed || closed.getComposition() != state.compositions + 1 ||
      read_u256(closed.getBatchId()) != next_batch(state)) {
    stop("PeriodClosed: " + name_of(closed) + " where composition " + say(state.compositions + 1) +
         " of batch " + to_decimal(next_batch(state)) + " was to come");
  }
  state.closed = Msg<schema::PeriodClosed>::copy_of(closed);
  ++state.compositions;
}

void apply_reopened(Rewards& state, schema::PeriodReopened::Reader reopened) {
  if (!state.closed || state.closed->read().getComposition() != reopened.getComposition() ||
      read_u256(reopened.getBatchId()) != next_batch(state)) {
    stop("PeriodReopened of composition " + say(reopened.getComposition()) + " of batch " +
         to_decimal(read_u256(reopened.getBatchId())) + ", which is not closed");
  }
  state.closed.reset();
}

void apply_paid(Rewards& state, schema::BatchPaid::Reader paid) {
  PaidBatch batch;
  batch.id = read_u256(paid.getBatchId());
  batch.end_epoch = read_u256(paid.getEndEpoch());
  batch.started_at = state.started_at;
  batch.composition = paid.getComposition();
  batch.compositions = state.compositions;
  batch.closed = state.closed;
  if (batch.composition != 0 && !batch.closed)
    stop("BatchPaid names a composition, none is closed");
  state.started_at = batch.composition != 0 ? batch.closed->read().getClosedAt()
                                            : paid.getPosition().getTimestamp();
  state.compositions = 0;
  state.closed.reset();
  state.paid.push_back(std::move(batch));
  forget(state);
  // What was made of the next batch before L1 took this one back, if its epochs still follow.
  auto again = state.composed.extract(next_batch(state));
  if (again.empty()) return;
  state.compositions = again.mapped().compositions;
  const auto& closed = again.mapped().closed;
  if (closed && U256(closed->read().getStartEpoch()) == state.paid.back().end_epoch + 1) {
    state.closed = closed;
  }
}

void apply_unpaid(Rewards& state, schema::BatchUnpaid::Reader unpaid) {
  const auto id = read_u256(unpaid.getBatchId());
  if (state.paid.size() < 2 || state.paid.back().id != id) {
    stop("BatchUnpaid of batch " + to_decimal(id) + ", the last one kept is " +
         to_decimal(state.paid.back().id));
  }
  if (state.compositions != 0) {
    state.composed[next_batch(state)] = {state.compositions, state.closed};
  }
  auto& batch = state.paid.back();
  state.started_at = batch.started_at;
  state.compositions = batch.compositions;
  state.closed = batch.closed;
  state.paid.pop_back();
}

}  // namespace

PoolStanding pool_standing(const Locking& locking) {
  PoolStanding out;
  if (!locking.is_open()) return out;
  const auto& pool = locking.current;
  out.batch_id = pool.batch.id;
  out.end_epoch = pool.batch.end_epoch;
  out.reward_per_block = pool.reward_per_block;
  out.total_locked = pool.total_locked;
  for (const auto& [id, sequencer] : pool.sequencers) {
    out.members[id] = {sequencer.signer, sequencer.status == SequencerStatus::unlocked};
  }
  return out;
}

std::string why_not_due(const Rewards& state, std::uint64_t l1_timestamp,
                        const PoolStanding& pool) {
  if (!state.open) return "rewards are not open";
  if (state.closed) return name_of(state.closed->read()) + " is closed and not paid yet";
  if (auto why = why_no_epochs(state, pool); !why.empty()) return why;
  if (!due_by(state, l1_timestamp)) return why_not_by(state, l1_timestamp);
  if (const auto composition = compose(state, pool); composition.credited == 0) {
    return why_nobody(composition);
  }
  return {};
}

Decision decide(const Rewards& state, schema::RewardsCommand::Reader command,
                const PoolStanding& pool) {
  using Command = schema::RewardsCommand;
  switch (command.which()) {
    case Command::NONE:
      return refuse(Reason::MALFORMED, "an empty command");
    case Command::OPEN:
      return decide_open(state, command.getOpen(), pool);
    case Command::CLOSE:
      return decide_close(state, command.getClose(), pool);
    case Command::REOPEN:
      return decide_reopen(state, command.getReopen());
  }
  stop("a rewards command written by a newer version");
}

Decision pool_opened(const Rewards& state, schema::PoolOpened::Reader pool, std::int32_t after) {
  if (!waits_for_pool(state)) return {};
  const auto batch = pool.getCurBatchState();
  return opened(*state.opened, read_u256(batch.getId()), read_u256(batch.getEndEpoch()), after);
}

Decision credit(const Rewards& state, const CreditedBlock& block, std::int32_t after) {
  if (!state.open) return {};
  return one(make_fact<RewardsFact>(
      [&](auto fact) {
        auto credited = fact.initBlockCredited();
        credited.setBlock(block.block);
        credited.setTimestamp(block.timestamp);
        credited.setEpoch(block.epoch);
        credited.setProducer(data(to_word(block.producer)));
        credited.setAllottee(data(to_word(block.allottee)));
      },
      after));
}

Decision pay(const Rewards& state, schema::RewardDistributed::Reader batch, std::int32_t after) {
  if (!state.open) return {};
  const bool split_known = batch.getSource() != schema::SplitSource::UNKNOWN;
  const auto rpb = read_u256(batch.getRpb());
  auto parts = credits_of(batch);
  const bool ours = state.closed && is_ours(**state.closed, batch, parts);
  if (ours) {
    // Its lines say who was left out and why; those are owed nothing by this batch.
    for (const auto line : state.closed->read().getLines()) {
      auto& part = parts[read_u256(line.getSequencerId())];
      part.blocks = line.getBlocks();
      part.amount =
          line.getLeftOut() == LeftOut::NO ? reward_amount(line.getBlocks(), rpb) : U256(0);
    }
  } else {
    // Whoever made it, every block that counts by our rule should have been paid.
    const auto account =
        account_of(state, read_u256(batch.getStartEpoch()), read_u256(batch.getEndEpoch()));
    for (const auto& [id, blocks] : account.blocks) {
      auto& part = parts[id];
      part.blocks = counted(blocks, state.rules.counting);
      part.amount = reward_amount(part.blocks, rpb);
    }
  }
  U256 sum = 0;
  bool each = true;
  for (const auto& [id, part] : parts) {
    sum += part.amount;
    each = each && part.amount == part.paid_amount;
  }
  const bool agrees = split_known ? each : sum == read_u256(batch.getAmount());
  return one(make_fact<RewardsFact>(
      [&](auto fact) {
        auto paid = fact.initBatchPaid();
        paid.setComposition(ours ? state.closed->read().getComposition() : 0);
        paid.setSplitKnown(split_known);
        paid.setAgrees(agrees);
        paid.setPosition(batch.getPosition());
        auto lines = paid.initLines(static_cast<unsigned>(parts.size()));
        unsigned index = 0;
        for (const auto& [id, part] : parts) {
          auto line = lines[index++];
          line.setComputedBlocks(part.blocks);
          line.setSequencerId(data(to_word(id)));
          line.setPaidBlocks(data(to_word(part.paid_blocks)));
          line.setPaidAmount(data(to_word(part.paid_amount)));
          line.setComputedAmount(data(to_word(part.amount)));
        }
        paid.setBatchId(batch.getBatchId());
        paid.setStartEpoch(batch.getStartEpoch());
        paid.setEndEpoch(batch.getEndEpoch());
        paid.setAmount(batch.getAmount());
        paid.setRewardPerBlock(batch.getRpb());
      },
      after));
}

Decision unpay(const Rewards& state, const U256& last_batch, const L1Point& to,
               std::int32_t after) {
  Decision out;
  if (!state.open) return out;
  auto batch = state.paid.rbegin();
  for (; batch->id != last_batch; ++batch) {
    if (batch + 1 == state.paid.rend()) {
      stop("L1 took back batches down to " + to_decimal(last_batch) + ", the oldest kept one is " +
           to_decimal(batch->id));
    }
    out.facts.push_back(make_fact<RewardsFact>(
        [&](auto fact) {
          auto unpaid = fact.initBatchUnpaid();
          unpaid.setBatchId(data(to_word(batch->id)));
          write(unpaid.initTo(), to);
        },
        after));
  }
  return out;
}

void apply(Rewards& state, RewardsFact::Reader fact) {
  if (!state.open && !fact.isRewardsOpened()) stop("a rewards fact before RewardsOpened");
  switch (fact.which()) {
    case RewardsFact::NONE:
      break;
    case RewardsFact::REWARDS_OPENED:
      return apply_opened(state, fact.getRewardsOpened());
    case RewardsFact::BLOCK_CREDITED:
      return apply_credited(state, fact.getBlockCredited());
    case RewardsFact::PERIOD_CLOSED:
      return apply_closed(state, fact.getPeriodClosed());
    case RewardsFact::PERIOD_REOPENED:
      return apply_reopened(state, fact.getPeriodReopened());
    case RewardsFact::BATCH_PAID:
      return apply_paid(state, fact.getBatchPaid());
    case RewardsFact::BATCH_UNPAID:
      return apply_unpaid(state, fact.getBatchUnpaid());
  }
  stop("a rewards fact written by a newer version");
}

Message state_message(const Rewards& state) {
  return Msg<schema::RewardsState>::build([&](auto out) {
    out.setStartedAt(state.started_at);
    out.setCompositions(state.compositions);
    out.setRunningEpoch(state.running_epoch);
    if (state.open) out.setOpened(*state.opened);
    auto epochs = out.initEpochs(static_cast<unsigned>(state.epochs.size()));
    unsigned index = 0;
    for (const auto& [number, account] : state.epochs) {
      auto epoch = epochs[index++];
      epoch.setEpoch(number);
      epoch.setFirstBlock(account.first_block);
      epoch.setLastBlock(account.last_block);
      auto blocks = epoch.initBlocks(static_cast<unsigned>(account.blocks.size()));
      unsigned at = 0;
      for (const auto& [id, counts] : account.blocks) {
        auto entry = blocks[at++];
        entry.setAllotted(counts.allotted);
        entry.setProduced(counts.produced);
        entry.setSequencerId(data(to_word(id)));
      }
    }
    auto paid = out.initPaid(static_cast<unsigned>(state.paid.size()));
    index = 0;
    for (const auto& batch : state.paid) {
      auto entry = paid[index++];
      entry.setStartedAt(batch.started_at);
      entry.setComposition(batch.composition);
      entry.setCompositions(batch.compositions);
      entry.setBatchId(data(to_word(batch.id)));
      entry.setEndEpoch(data(to_word(batch.end_epoch)));
      if (batch.closed) entry.setClosed(**batch.closed);
    }
    if (state.closed) out.setClosed(**state.closed);
    auto composed = out.initComposed(static_cast<unsigned>(state.composed.size()));
    index = 0;
    for (const auto& [id, batch] : state.composed) {
      auto entry = composed[index++];
      entry.setCompositions(batch.compositions);
      entry.setBatchId(data(to_word(id)));
      if (batch.closed) entry.setClosed(**batch.closed);
    }
  });
}

}  // namespace horae
