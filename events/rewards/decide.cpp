#include "events/rewards/rewards.hpp"

#include "events/rewards/composition.hpp"

namespace horae {
namespace {

using schema::BlockCounting;
using schema::RewardsFact;

// LockingPool.batchSubmitRewards: "invalid endEpoch" unless startEpoch < endEpoch.
constexpr std::uint32_t least_epochs = 2;

bool is_word(capnp::Data::Reader reader) { return reader.size() == Hash32::size; }

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
    return std::to_string(finished) + " of " + std::to_string(state.rules.min_epochs) +
           " epochs from " + std::to_string(paid_end + 1) + " on are finished, epoch " +
           std::to_string(state.running_epoch) + " runs";
  }
  return {};
}

bool due_by(const Rewards& state, std::uint64_t timestamp) {
  return timestamp >= state.started_at && timestamp - state.started_at >= state.rules.period_s;
}

std::string why_not_by(const Rewards& state, std::uint64_t timestamp) {
  return "the period began at " + std::to_string(state.started_at) + " and lasts " +
         std::to_string(state.rules.period_s) + " s; the confirmed L1 block is of " +
         std::to_string(timestamp);
}

Decision opened(schema::RewardsOpened::Reader rules, const U256& batch_id, const U256& end_epoch,
                std::int32_t after) {
  return decided(make_fact<RewardsFact>(
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
  // Where the head's time is not known, since it was logged before there was one, the command's is
  // believed.
  if (pool.l1_time != 0 &&
      (to_point(command.getL1Block()) != pool.l1_head || command.getTimestamp() != pool.l1_time)) {
    return refuse(Reason::WRONG_CONTENT,
                  "L1 block " + std::to_string(command.getL1Block().getNumber()) + " of time " +
                      std::to_string(command.getTimestamp()) + " is not the confirmed head " +
                      std::to_string(pool.l1_head->number) + " of " + std::to_string(pool.l1_time));
  }
  if (auto why = why_not_due(state, command.getTimestamp(), pool); !why.empty()) {
    return refuse(Reason::NOT_DUE, std::move(why));
  }
  return decided(make_fact<RewardsFact>(
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
    return refuse(Reason::NOT_DUE, "composition " + std::to_string(composition) + " of batch " +
                                       to_decimal(batch) + " is not closed and unpaid");
  }
  // An older composition was reopened before.
  if (!state.closed || state.closed->read().getComposition() != composition) return {};
  return decided(make_fact<RewardsFact>([&](auto fact) { fact.setPeriodReopened(command); }));
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
  out.l1_head = locking.confirmed_head;
  out.l1_time = locking.confirmed_time;
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

}  // namespace horae
