#include "events/turns.hpp"

#include <algorithm>
#include <set>

#include "events/shared.hpp"

namespace horae {
namespace {

using Ids = std::set<U256>;

// By faults, in the epoch of this number.
Ids skipped_by_faults(const Faults& faults, std::uint64_t epoch) {
  Ids out;
  for (const auto& [id, standing] : faults.standings) {
    if (standing.skipped_until >= epoch) out.insert(id);
  }
  return out;
}

Ids skipped_since_replaced(const PoolAgreement& pool, std::uint64_t epoch) {
  Ids out;
  for (const auto& [id, until_epoch] : pool.skipped) {
    if (until_epoch >= epoch) out.insert(id);
  }
  return out;
}

bool is_replaced(const SharedState& state) {
  return state.pool.replaced_epoch == state.blocks.epoch.number;
}
bool is_yielded(const SharedState& state) {
  return state.pool.yielded_epoch == state.blocks.epoch.number;
}

// Who is passed over, the strictest first: with the first that leaves somebody, somebody is chosen.
std::vector<Ids> passed_over(const SharedState& state, std::uint64_t epoch) {
  Ids now;
  const auto& running = state.blocks.epoch.sequencer_id;
  // Where blocks were revoked, it may be another one's.
  const bool is_gone = is_replaced(state) && state.pool.skipped.contains(running);
  if (is_gone || is_yielded(state)) now.insert(running);
  auto replaced = skipped_since_replaced(state.pool, epoch);
  replaced.insert(now.begin(), now.end());
  auto all = skipped_by_faults(state.faults, epoch);
  all.insert(replaced.begin(), replaced.end());
  return {std::move(all), std::move(replaced), std::move(now), {}};
}

// Why the next epoch begins; none: the running one goes on.
schema::EpochCause why_due(const SharedState& state, const std::vector<EpochShare>& shares) {
  using schema::EpochCause;
  const auto& running = state.blocks.epoch;
  if (running.number == 0) return EpochCause::FIRST;
  if (is_replaced(state)) return EpochCause::LEADER_REPLACED;
  if (is_yielded(state)) return EpochCause::LEADER_YIELDED;
  if (state.blocks.head.number >= running.end_block) return EpochCause::LENGTH;
  const bool leads = std::ranges::any_of(shares, [&](const EpochShare& each) {
    return each.share.id == running.sequencer_id && each.signer == running.signer;
  });
  return leads ? EpochCause::NONE : EpochCause::LEADER_LEFT;
}

}  // namespace

std::vector<EpochShare> turn_shares(const SharedState& state) {
  std::vector<EpochShare> out;
  for (const auto& [signer, member] : state.pool.members) {
    const auto* view = by_signer(state.locking, signer);
    if (view == nullptr || view->status != SequencerStatus::active || member.power == 0) continue;
    out.push_back({{view->id, member.power}, signer, false});
  }
  std::ranges::sort(out, {}, [](const EpochShare& each) { return each.share.id; });
  return out;
}

std::optional<Address> leader_of(const SharedState& state) {
  if (!state.pool.is_founded()) return std::nullopt;
  if (!state.blocks.turns) return state.pool.leader();
  if (state.blocks.epoch.number == 0) return std::nullopt;
  return state.blocks.epoch.signer;
}

std::optional<RunningTurn> running_turn(const SharedState& state) {
  const auto& chain = state.blocks;
  if (!chain.turns || chain.epoch.number == 0) return std::nullopt;
  return RunningTurn{chain.epoch.number, chain.head.number, chain.turns->skip_epochs,
                     chain.epoch.sequencer_id, chain.epoch.signer};
}

std::optional<Epoch> epoch_due(const SharedState& state) {
  const auto& chain = state.blocks;
  if (!chain.turns) return std::nullopt;
  auto shares = turn_shares(state);
  const auto why = why_due(state, shares);
  if (shares.empty() || why == schema::EpochCause::NONE) return std::nullopt;
  Epoch out;
  out.number = chain.epoch.number + 1;
  out.start_block = chain.head.number + 1;
  out.end_block = chain.head.number + chain.epoch_length;
  out.why = why;
  std::vector<TurnShare> all;
  for (const auto& each : shares) all.push_back(each.share);
  for (const auto& skipped : passed_over(state, out.number)) {
    const std::vector<U256> ids(skipped.begin(), skipped.end());
    const auto leader = next_turn(all, chain.credits, chain.epoch_length, ids);
    if (!leader) continue;
    for (auto& each : shares) {
      each.passed_over = skipped.contains(each.share.id);
      if (each.share.id == *leader) out.signer = each.signer;
    }
    out.sequencer_id = *leader;
    break;
  }
  out.shares = std::move(shares);
  return out;
}

std::vector<Epoch> coming_turns(const SharedState& state, unsigned count) {
  std::vector<Epoch> out;
  if (!state.blocks.turns || state.blocks.epoch.number == 0) return out;
  auto ahead = state;
  auto& chain = ahead.blocks;
  while (out.size() < count) {
    const auto& running = chain.epoch;
    if (running.end_block > chain.head.number) {
      charge_block(chain.credits, charged_shares(running), running.sequencer_id,
                   running.end_block - chain.head.number);
      chain.head.number = running.end_block;
    }
    auto next = epoch_due(ahead);
    if (!next) break;
    apply(ahead.blocks, Msg<schema::BlocksFact>::of(epoch_started(*next).payload).read());
    out.push_back(std::move(*next));
  }
  return out;
}

}  // namespace horae
