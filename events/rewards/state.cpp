#include "events/rewards/rewards.hpp"

#include "events/snapshot.hpp"

namespace horae {
namespace {

std::optional<Msg<schema::PeriodClosed>> closed_in(const auto& in) {
  if (!in.hasClosed()) return std::nullopt;
  return Msg<schema::PeriodClosed>::copy_of(in.getClosed());
}

}  // namespace

RewardRules to_rules(schema::RewardsOpened::Reader opened) {
  return {opened.getPeriodSeconds(), opened.getMinEpochs(), opened.getCounting(),
          opened.getTargetRatePpm()};
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

Rewards restore(schema::RewardsState::Reader state) {
  Rewards out;
  out.open = state.hasOpened();
  if (out.open) {
    const auto opened = state.getOpened();
    out.opened = Msg<schema::RewardsOpened>::copy_of(opened);
    out.rules = to_rules(opened);
    if (state.getPaid().size() == 0) stop("restored rewards without what was paid before them");
  }
  out.started_at = state.getStartedAt();
  out.compositions = state.getCompositions();
  out.running_epoch = state.getRunningEpoch();
  for (const auto each : state.getEpochs()) {
    EpochAccount account{each.getFirstBlock(), each.getLastBlock(), {}};
    for (const auto blocks : each.getBlocks()) {
      put_once(account.blocks, read_u256(blocks.getSequencerId()),
               SequencerBlocks{blocks.getAllotted(), blocks.getProduced()});
    }
    put_once(out.epochs, each.getEpoch(), std::move(account));
  }
  for (const auto each : state.getPaid()) {
    PaidBatch batch;
    batch.id = read_u256(each.getBatchId());
    batch.end_epoch = read_u256(each.getEndEpoch());
    batch.started_at = each.getStartedAt();
    batch.composition = each.getComposition();
    batch.compositions = each.getCompositions();
    batch.closed = closed_in(each);
    out.paid.push_back(std::move(batch));
  }
  out.closed = closed_in(state);
  for (const auto each : state.getComposed()) {
    put_once(out.composed, read_u256(each.getBatchId()),
             ComposedBatch{each.getCompositions(), closed_in(each)});
  }
  return out;
}

}  // namespace horae
