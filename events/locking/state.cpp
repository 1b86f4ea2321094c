#include "events/locking/locking.hpp"

#include "events/locking/pool.hpp"
#include "events/snapshot.hpp"

namespace horae {
namespace {

using schema::LockingFact;

void set_block(schema::L1Block::Builder builder, const L1Point& block) {
  builder.setNumber(block.number);
  builder.setHash(data(block.hash));
}

void fill(schema::SequencerState::Builder builder, const SequencerView& sequencer) {
  builder.setStatus(static_cast<std::uint8_t>(sequencer.status));
  builder.setRewardKnown(sequencer.reward.has_value());
  builder.setId(data(to_word(sequencer.id)));
  builder.setOwner(data(sequencer.owner));
  builder.setSigner(data(sequencer.signer));
  builder.setPubkey(horae::data(sequencer.pubkey));
  builder.setRewardRecipient(data(sequencer.reward_recipient));
  builder.setReward(data(to_word(sequencer.reward.value_or(0))));
  builder.setActivationBatch(data(to_word(sequencer.activation_batch)));
  builder.setUpdatedBatch(data(to_word(sequencer.updated_batch)));
  builder.setDeactivationBatch(data(to_word(sequencer.deactivation_batch)));
  builder.setDeactivationTime(data(to_word(sequencer.deactivation_time)));
  builder.setUnlockClaimTime(data(to_word(sequencer.unlock_claim_time)));
  builder.setNonce(data(to_word(sequencer.nonce)));
  builder.setAmount(data(to_word(sequencer.amount)));
}

/// Calls put(builder of the entry, entry) for each entry of a sorted container.
template <class List, class Entries, class Put>
void fill_list(List list, const Entries& entries, Put put) {
  unsigned index = 0;
  for (const auto& entry : entries) put(list[index++], entry);
}

unsigned count(const auto& entries) { return static_cast<unsigned>(entries.size()); }

}  // namespace

void fill(schema::PoolState::Builder builder, const PoolView& pool) {
  builder.setDiscrepancies(pool.discrepancies);
  builder.setPaused(pool.paused);
  fill_list(builder.initSequencers(count(pool.sequencers)), pool.sequencers,
            [](auto entry, const auto& sequencer) { fill(entry, sequencer.second); });
  fill_list(builder.initSigners(count(pool.signers)), pool.signers,
            [](auto entry, const auto& signer) {
              entry.setSigner(data(signer.first));
              entry.setSequencerId(data(to_word(signer.second)));
            });
  auto whitelist = builder.initWhitelist(count(pool.whitelist));
  unsigned index = 0;
  for (const auto& user : pool.whitelist) whitelist.set(index++, data(user));
  fill_list(builder.initProxies(count(pool.implementations)), pool.implementations,
            [](auto entry, const auto& proxy) {
              entry.setProxy(data(proxy.first));
              entry.setImplementation(data(proxy.second));
            });
  builder.setMpcAddress(data(pool.mpc));
  builder.setRewardPayer(data(pool.reward_payer));
  builder.setTotalLocked(data(to_word(pool.total_locked)));
  builder.setTotalRewardsLiquidated(data(to_word(pool.total_rewards_liquidated)));
  auto batch = builder.initCurBatchState();
  batch.setId(data(to_word(pool.batch.id)));
  batch.setNumber(data(to_word(pool.batch.number)));
  batch.setStartEpoch(data(to_word(pool.batch.start_epoch)));
  batch.setEndEpoch(data(to_word(pool.batch.end_epoch)));
  builder.setMinLock(data(to_word(pool.min_lock)));
  builder.setMaxLock(data(to_word(pool.max_lock)));
  builder.setExitDelayPeriod(data(to_word(pool.exit_delay_period)));
  builder.setRewardPerBlock(data(to_word(pool.reward_per_block)));
  builder.setSignerUpdateThrottle(data(to_word(pool.signer_update_throttle)));
}

namespace {

SequencerView to_sequencer(schema::SequencerState::Reader in) {
  if (in.getStatus() > static_cast<std::uint8_t>(SequencerStatus::unlocked)) {
    stop("a sequencer's status that no contract knows");
  }
  SequencerView out;
  out.status = static_cast<SequencerStatus>(in.getStatus());
  out.id = read_u256(in.getId());
  out.owner = fixed<Address>(in.getOwner());
  out.signer = fixed<Address>(in.getSigner());
  out.pubkey = copy(in.getPubkey());
  out.reward_recipient = fixed<Address>(in.getRewardRecipient());
  out.reward.reset();
  if (in.getRewardKnown()) out.reward = read_u256(in.getReward());
  out.activation_batch = read_u256(in.getActivationBatch());
  out.updated_batch = read_u256(in.getUpdatedBatch());
  out.deactivation_batch = read_u256(in.getDeactivationBatch());
  out.deactivation_time = read_u256(in.getDeactivationTime());
  out.unlock_claim_time = read_u256(in.getUnlockClaimTime());
  out.nonce = read_u256(in.getNonce());
  out.amount = read_u256(in.getAmount());
  return out;
}

}  // namespace

PoolView restore(schema::PoolState::Reader in) {
  PoolView out;
  out.discrepancies = in.getDiscrepancies();
  out.paused = in.getPaused();
  for (const auto each : in.getSequencers()) {
    auto sequencer = to_sequencer(each);
    const auto id = sequencer.id;
    put_once(out.sequencers, id, std::move(sequencer));
  }
  for (const auto each : in.getSigners()) {
    put_once(out.signers, fixed<Address>(each.getSigner()), read_u256(each.getSequencerId()));
  }
  for (const auto each : in.getWhitelist()) out.whitelist.insert(fixed<Address>(each));
  for (const auto each : in.getProxies()) {
    put_once(out.implementations, fixed<Address>(each.getProxy()),
             fixed<Address>(each.getImplementation()));
  }
  out.mpc = fixed<Address>(in.getMpcAddress());
  out.reward_payer = fixed<Address>(in.getRewardPayer());
  out.total_locked = read_u256(in.getTotalLocked());
  out.total_rewards_liquidated = read_u256(in.getTotalRewardsLiquidated());
  const auto batch = in.getCurBatchState();
  out.batch = {read_u256(batch.getId()), read_u256(batch.getNumber()),
               read_u256(batch.getStartEpoch()), read_u256(batch.getEndEpoch())};
  out.min_lock = read_u256(in.getMinLock());
  out.max_lock = read_u256(in.getMaxLock());
  out.exit_delay_period = read_u256(in.getExitDelayPeriod());
  out.reward_per_block = read_u256(in.getRewardPerBlock());
  out.signer_update_throttle = read_u256(in.getSignerUpdateThrottle());
  return out;
}

Message state_message(const Locking& state) {
  return Msg<schema::LockingState>::build([&](auto builder) {
    if (state.is_open()) builder.setOpened(*state.opened);
    fill(builder.initBase(), state.base);
    if (state.base_block) set_block(builder.initBaseBlock(), *state.base_block);
    auto pending = builder.initPending(count(state.pending));
    for (unsigned i = 0; i < pending.size(); ++i) {
      pending.setWithCaveats(i, *state.pending[i].fact);
    }
    if (state.confirmed_head) set_block(builder.initConfirmed(), *state.confirmed_head);
    if (state.finalized) set_block(builder.initFinalized(), *state.finalized);
    builder.setConfirmedTime(state.confirmed_time);
  });
}

Locking restore(schema::LockingState::Reader state) {
  Locking out;
  if (state.hasOpened()) out.opened = Msg<schema::PoolOpened>::copy_of(state.getOpened());
  out.base = restore(state.getBase());
  if (state.hasBaseBlock()) out.base_block = to_point(state.getBaseBlock());
  // As after a return of L1: the current view is the base with what stands above it.
  out.current = out.base;
  for (const auto event : state.getPending()) {
    if (!is_event(event) && event.which() != LockingFact::DISCREPANCY_FOUND) {
      stop("a restored pool with a pending fact that is no event");
    }
    const auto position = position_of(event);
    out.pending.push_back({{position.getBlock(), fixed<Hash32>(position.getBlockHash())},
                           Msg<LockingFact>::copy_of(event)});
    apply_event(out.current, event);
  }
  if (state.hasConfirmed()) out.confirmed_head = to_point(state.getConfirmed());
  if (state.hasFinalized()) out.finalized = to_point(state.getFinalized());
  out.confirmed_time = state.getConfirmedTime();
  return out;
}

}  // namespace horae
