#include "events/locking/locking.hpp"

#include <algorithm>

#include "events/locking/pool.hpp"

namespace horae {
namespace {

using schema::LockingFact;

void apply_opened(Locking& state, schema::PoolOpened::Reader opened) {
  state.opened = Msg<schema::PoolOpened>::of(Message::adopt(capnp::canonicalize(opened)));
  state.base = state.current = pool_at_opening(opened);
}

void apply_pending(Locking& state, LockingFact::Reader event) {
  const auto position = position_of(event);
  state.pending.push_back({{position.getBlock(), fixed<Hash32>(position.getBlockHash())},
                           Msg<LockingFact>::of(Message::adopt(capnp::canonicalize(event)))});
  apply_event(state.current, event);
}

void apply_advanced(Locking& state, schema::L1Advanced::Reader advanced) {
  state.confirmed_head = to_point(advanced.getConfirmed());
  state.confirmed_time = advanced.getTimestamp();
  const auto finalized = to_point(advanced.getFinalized());
  if (finalized != L1Point{}) state.finalized = finalized;
  const auto above = std::ranges::find_if(state.pending, [&](const PendingFact& pending) {
    return pending.block.number > finalized.number;
  });
  for (auto each = state.pending.begin(); each != above; ++each) {
    apply_event(state.base, *each->fact);
    state.base_block = each->block;
  }
  state.pending.erase(state.pending.begin(), above);
}

void apply_reverted(Locking& state, schema::L1Reverted::Reader reverted) {
  const auto to = to_point(reverted.getTo());
  if (state.finalized && to.number < state.finalized->number) {
    // Back to the opening, see decide: nothing is final until it is told again.
    state.base = pool_at_opening(state.opened.read());
    state.base_block.reset();
    state.finalized.reset();
  }
  std::erase_if(state.pending,
                [&](const PendingFact& pending) { return pending.block.number > to.number; });
  if (state.confirmed_head && state.confirmed_head->number > to.number) {
    state.confirmed_head = to;
    state.confirmed_time = reverted.getTimestamp();
  }
  state.current = state.base;
  for (const auto& pending : state.pending) apply_event(state.current, *pending.fact);
}

}  // namespace

void apply(Locking& state, LockingFact::Reader fact) {
  switch (fact.which()) {
    case LockingFact::POOL_OPENED:
      return apply_opened(state, fact.getPoolOpened());
    case LockingFact::L1_ADVANCED:
      return apply_advanced(state, fact.getL1Advanced());
    case LockingFact::L1_REVERTED:
      return apply_reverted(state, fact.getL1Reverted());
    case LockingFact::LOCKED:
    case LockingFact::RELOCKED:
    case LockingFact::WITHDRAWN:
    case LockingFact::LOCK_UPDATED:
    case LockingFact::REWARDS_CLAIMED:
    case LockingFact::UNLOCK_INITIATED:
    case LockingFact::UNLOCKED:
    case LockingFact::BATCH_SUBMITTED:
    case LockingFact::REWARD_DISTRIBUTED:
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
    case LockingFact::DISCREPANCY_FOUND:
      return apply_pending(state, fact);
    case LockingFact::NONE:
      stop("an empty locking fact");
  }
  stop("a locking fact written by a newer version");
}

std::optional<std::uint64_t> l1_time(LockingFact::Reader fact) {
  std::uint64_t seconds = 0;
  if (fact.isPoolOpened()) {
    seconds = fact.getPoolOpened().getTimestamp();
  } else if (fact.isL1Advanced()) {
    seconds = fact.getL1Advanced().getTimestamp();
  } else if (fact.isL1Reverted()) {
    seconds = fact.getL1Reverted().getTimestamp();
  } else if (is_event(fact) || fact.isDiscrepancyFound()) {
    seconds = position_of(fact).getTimestamp();
  }
  return seconds == 0 ? std::nullopt : std::optional(seconds);
}

std::optional<L1Point> Locking::last_known() const {
  std::optional<L1Point> last = confirmed_head;
  const auto consider = [&](const L1Point& block) {
    if (!last || block.number > last->number) last = block;
  };
  if (finalized) consider(*finalized);
  if (base_block) consider(*base_block);
  if (!pending.empty()) consider(pending.back().block);
  return last;
}

const SequencerView* by_signer(const Locking& state, const Address& signer) {
  const auto id = state.current.signers.find(signer);
  if (id == state.current.signers.end()) return nullptr;
  const auto found = state.current.sequencers.find(id->second);
  return found == state.current.sequencers.end() ? nullptr : &found->second;
}

std::string_view status_name(SequencerStatus status) {
  switch (status) {
    case SequencerStatus::unavailable:
      return "unavailable";
    case SequencerStatus::inactive:
      return "inactive";
    case SequencerStatus::active:
      return "active";
    case SequencerStatus::unlocked:
      return "unlocked";
  }
  stop("a sequencer's status that no contract knows");
}

}  // namespace horae
