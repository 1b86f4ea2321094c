#pragma once

#include "events/rewards/rewards.hpp"
#include "tests/fixture/life.hpp"

// The rewards as a test tells them: blocks, periods, and what L1 says of its batches.
namespace horae::test {

constexpr std::uint64_t first_second = 1'700'000'000;
constexpr std::uint64_t two_weeks = 14 * 24 * 3600;
inline const U256 usual_rpb = 761'000'000'000'000;

inline Address filled_address(std::uint8_t n) {
  Address out;
  out.bytes.fill(n);
  return out;
}
inline Hash32 hash_number(std::uint64_t n) { return to_word(U256(n)); }
inline U256 number(capnp::Data::Reader reader) { return from_word(fixed<Hash32>(reader)); }

inline bool refused(const Decision& decision, Reason reason, std::string_view words) {
  return decision.refused == reason && decision.facts.empty() &&
         decision.detail.find(words) != std::string::npos;
}
inline bool accepted_without_facts(const Decision& decision) {
  return decision.ok() && decision.facts.empty();
}
inline Bytes bytes_of(const Message& message) {
  return {message.bytes().begin(), message.bytes().end()};
}
// The state without the accounts, which only grow.
inline Bytes standing_of(const Rewards& state) {
  auto bare = state;
  bare.epochs.clear();
  bare.running_epoch = 0;
  bare.composed.clear();
  return bytes_of(state_message(bare));
}

struct Rules {
  std::uint64_t period_s = two_weeks;
  std::uint32_t min_epochs = 2;
  schema::BlockCounting counting = schema::BlockCounting::ALLOTTED;
  std::uint64_t rate_ppm = 200'000;
};
inline Msg<schema::RewardsCommand> open_command(const Rules& rules = {}) {
  return Msg<schema::RewardsCommand>::build([&](auto command) {
    auto opened = command.initOpen();
    opened.setPeriodSeconds(rules.period_s);
    opened.setMinEpochs(rules.min_epochs);
    opened.setCounting(rules.counting);
    opened.setTargetRatePpm(rules.rate_ppm);
  });
}
inline Msg<schema::RewardsCommand> close_command(std::uint64_t timestamp) {
  return Msg<schema::RewardsCommand>::build([&](auto command) {
    auto close = command.initClose();
    close.setTimestamp(timestamp);
    close.initL1Block().setNumber(timestamp / 12);
    close.getL1Block().setHash(data(hash_number(timestamp)));
  });
}
inline Msg<schema::RewardsCommand> reopen_command(
    const U256& batch, std::uint32_t composition,
    schema::ReopenCause cause = schema::ReopenCause::REVERTED) {
  return Msg<schema::RewardsCommand>::build([&](auto command) {
    auto reopened = command.initReopen();
    reopened.setComposition(composition);
    reopened.setCause(cause);
    reopened.setBatchId(data(to_word(batch)));
    if (cause == schema::ReopenCause::REVERTED) reopened.setTxnHash(data(hash_number(77)));
    reopened.setDetail("NoSuchSeq()");
  });
}

/// LockingPool's word on a batch.
struct Batch {
  U256 id, start, end;
  std::vector<std::pair<U256, U256>> credits;  // id, blocks
  U256 rpb = usual_rpb;
  bool split_known = true;
  std::uint64_t timestamp = first_second + 3 * two_weeks;

  [[nodiscard]] Msg<schema::RewardDistributed> message() const {
    return Msg<schema::RewardDistributed>::build([&](auto out) {
      out.setSource(split_known ? schema::SplitSource::CALLDATA : schema::SplitSource::UNKNOWN);
      auto position = out.initPosition();
      position.setBlock(timestamp / 12);
      position.setTimestamp(timestamp);
      position.setBlockHash(data(hash_number(timestamp)));
      position.setTxnHash(data(hash_number(timestamp + 1)));
      U256 sum = 0;
      auto list = out.initCredits(split_known ? static_cast<unsigned>(credits.size()) : 0u);
      for (unsigned i = 0; i < credits.size(); ++i) {
        const U256 amount = credits[i].second * rpb;
        sum += amount;
        if (!split_known) continue;
        list[i].setSequencerId(data(to_word(credits[i].first)));
        list[i].setBlocks(data(to_word(credits[i].second)));
        list[i].setAmount(data(to_word(amount)));
      }
      out.setBatchId(data(to_word(id)));
      out.setStartEpoch(data(to_word(start)));
      out.setEndEpoch(data(to_word(end)));
      out.setAmount(data(to_word(sum)));
      out.setRpb(data(to_word(rpb)));
    });
  }
};
/// What L1 says when a composition lands.
inline Batch landed(schema::PeriodClosed::Reader closed) {
  Batch out{number(closed.getBatchId()), closed.getStartEpoch(), closed.getEndEpoch(), {}};
  out.rpb = number(closed.getRewardPerBlock());
  out.timestamp = closed.getClosedAt() + 60;
  for (const auto line : closed.getLines()) {
    if (line.getLeftOut() != schema::LeftOut::NO) continue;
    out.credits.emplace_back(number(line.getSequencerId()), line.getBlocks());
  }
  return out;
}

/// A log of rewards beside the contract's own numbers.
struct Books : Life<Rewards, schema::RewardsFact> {
  PoolStanding pool;
  std::uint64_t block = 0;
  std::uint64_t time = first_second;
  std::vector<PoolStanding> before;  // each batch: what a reorganisation brings back

  Books() {
    pool.batch_id = 1;
    pool.reward_per_block = usual_rpb;
    pool.total_locked = U256(40'000) * U256("1000000000000000000");
    pool.members = {{1, {filled_address(1)}}, {2, {filled_address(2)}}};
  }
  explicit Books(const Rules& rules) : Books() { command(open_command(rules)); }

  Decision command(const Msg<schema::RewardsCommand>& message) { return when(message, pool); }

  /// Blocks of an epoch, 8 s each.
  void seal(std::uint64_t epoch, unsigned count, std::uint64_t producer, std::uint64_t allottee) {
    for (unsigned i = 0; i < count; ++i) {
      time += 8;
      live(credit(state, {++block, time, epoch, producer, allottee}, 0));
    }
  }
  void seal(std::uint64_t epoch, unsigned count, std::uint64_t by) { seal(epoch, count, by, by); }
  /// Epochs 1 and 2 are finished, of sequencers 1 and 2; epoch 3 runs.
  void two_epochs() {
    seal(1, 5, 1);
    seal(2, 4, 2);
    seal(3, 1, 1);
  }
  [[nodiscard]] std::uint64_t due() const { return state.started_at + state.rules.period_s; }
  Decision close() { return command(close_command(due())); }
  Decision reopen(schema::ReopenCause cause = schema::ReopenCause::REVERTED) {
    return command(
        reopen_command(state.paid.back().id + 1, state.closed->read().getComposition(), cause));
  }

  Decision distribute(const Batch& batch) {
    before.push_back(pool);
    pool.batch_id = batch.id;
    pool.end_epoch = batch.end;
    return live(pay(state, *batch.message(), 3));
  }
  Decision take_back(std::size_t batches) {
    for (std::size_t i = 0; i < batches; ++i) {
      pool.batch_id = before.back().batch_id;
      pool.end_epoch = before.back().end_epoch;
      before.pop_back();
    }
    return live(unpay(state, pool.batch_id, {5, hash_number(5)}, 2));
  }

  [[nodiscard]] schema::PeriodClosed::Reader closed() const {
    BOOST_REQUIRE(state.closed.has_value());
    return **state.closed;
  }
};

inline Msg<schema::RewardsFact> fact_of(const Decision& decision, std::size_t index = 0) {
  BOOST_REQUIRE_MESSAGE(decision.facts.size() > index, decision.detail);
  return Msg<schema::RewardsFact>::of(decision.facts[index].payload);
}

}  // namespace horae::test
