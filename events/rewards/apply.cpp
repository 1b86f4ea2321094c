#include "events/rewards/rewards.hpp"

#include <algorithm>

#include "events/rewards/composition.hpp"

namespace horae {
namespace {

using schema::RewardsFact;

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
  state.rules = to_rules(opened);
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
    stop("BlockCredited to epoch " + std::to_string(number) + " while epoch " +
         std::to_string(state.running_epoch) + " runs");
  }
  state.running_epoch = number;
  if (U256(number) <= state.paid.front().end_epoch) return;  // nobody will ask for it again
  auto& epoch = state.epochs[number];
  if (epoch.blocks.empty()) {
    epoch.first_block = credited.getBlock();
  } else if (credited.getBlock() <= epoch.last_block) {
    stop("BlockCredited " + std::to_string(credited.getBlock()) + " after block " +
         std::to_string(epoch.last_block));
  }
  epoch.last_block = credited.getBlock();
  ++epoch.blocks[read_u256(credited.getAllottee())].allotted;
  ++epoch.blocks[read_u256(credited.getProducer())].produced;
  if (state.started_at == 0) state.started_at = credited.getTimestamp();
}

void apply_closed(Rewards& state, schema::PeriodClosed::Reader closed) {
  if (state.closed || closed.getComposition() != state.compositions + 1 ||
      read_u256(closed.getBatchId()) != next_batch(state)) {
    stop("PeriodClosed: " + name_of(closed) + " where composition " +
         std::to_string(state.compositions + 1) + " of batch " + to_decimal(next_batch(state)) +
         " was to come");
  }
  state.closed = Msg<schema::PeriodClosed>::copy_of(closed);
  ++state.compositions;
}

void apply_reopened(Rewards& state, schema::PeriodReopened::Reader reopened) {
  if (!state.closed || state.closed->read().getComposition() != reopened.getComposition() ||
      read_u256(reopened.getBatchId()) != next_batch(state)) {
    stop("PeriodReopened of composition " + std::to_string(reopened.getComposition()) +
         " of batch " + to_decimal(read_u256(reopened.getBatchId())) + ", which is not closed");
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

bool waits_for_pool(const Rewards& state) {
  return state.open && state.paid.size() == 1 && state.paid.front().id == 0;
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

}  // namespace horae
