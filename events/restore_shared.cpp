#include "events/locking/pool.hpp"
#include "events/restore.hpp"

namespace horae {
namespace {

using schema::LockingFact;

// A key that stands twice would vanish in the map: the bytes are no state of ours.
template <class Map, class Key, class Value>
void put(Map& map, Key&& key, Value&& value) {
  if (!map.emplace(std::forward<Key>(key), std::forward<Value>(value)).second) {
    stop("a restored state has an entry twice");
  }
}

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

PoolView to_pool(schema::PoolState::Reader in) {
  PoolView out;
  out.discrepancies = in.getDiscrepancies();
  out.paused = in.getPaused();
  for (const auto each : in.getSequencers()) {
    auto sequencer = to_sequencer(each);
    const auto id = sequencer.id;
    put(out.sequencers, id, std::move(sequencer));
  }
  for (const auto each : in.getSigners()) {
    put(out.signers, fixed<Address>(each.getSigner()), read_u256(each.getSequencerId()));
  }
  for (const auto each : in.getWhitelist()) out.whitelist.insert(fixed<Address>(each));
  for (const auto each : in.getProxies()) {
    put(out.implementations, fixed<Address>(each.getProxy()),
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

std::optional<Msg<schema::PeriodClosed>> closed_in(const auto& in) {
  if (!in.hasClosed()) return std::nullopt;
  return Msg<schema::PeriodClosed>::copy_of(in.getClosed());
}

}  // namespace

Locking restore(schema::LockingState::Reader state) {
  Locking out;
  if (state.hasOpened()) out.opened = Msg<schema::PoolOpened>::copy_of(state.getOpened());
  out.base = to_pool(state.getBase());
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
  return out;
}

Blocks restore(schema::BlocksState::Reader state, bool open) {
  Blocks out;
  const auto opened = state.getOpened();
  out.open = open;
  out.chain_id = opened.getChainId();
  out.genesis_time = opened.getGenesisTime();
  out.gas_limit = opened.getGasLimit();
  out.ordering_rule = opened.getOrderingRule();
  out.genesis_hash = fixed<Hash32>(opened.getGenesisHash());
  out.genesis_state_root = fixed<Hash32>(opened.getStateRoot());
  out.genesis_base_fee = read_u256(opened.getBaseFee());
  out.head = {state.getNumber(),
              state.getTimestamp(),
              state.getGasUsed(),
              state.getL1Origin(),
              read_u256(state.getBaseFee()),
              fixed<Hash32>(state.getHash()),
              fixed<Hash32>(state.getStateRoot())};
  out.txns = state.getTxns();
  out.epoch_length = state.getEpochLength();
  if (state.hasEpoch()) {
    const auto epoch = state.getEpoch();
    out.epoch = {epoch.getNumber(), epoch.getStartBlock(), epoch.getEndBlock(),
                 read_u256(epoch.getSequencerId()), fixed<Address>(epoch.getSigner())};
  }
  return out;
}

Mpc restore(schema::MpcState::Reader state) {
  Mpc out;
  for (const auto created : state.getKeys()) {
    MpcKey key{fixed<Address>(created.getAddress()),
               fixed<PublicKey>(created.getPublicKey()),
               created.getL1ChainId(),
               created.getThreshold(),
               {}};
    for (const auto member : created.getMembers()) key.members.push_back(fixed<Address>(member));
    put(out.keys, created.getPurpose(), std::move(key));
  }
  for (const auto bound : state.getSigned()) {
    const auto slot = to_slot(bound.getSlot());
    put(out.signed_slots.contents, slot, fixed<Hash32>(bound.getContentHash()));
    auto& outcomes = out.outcomes[slot];
    for (const auto digest : bound.getOutcomes()) outcomes.insert(fixed<Hash32>(digest));
  }
  for (const auto each : state.getOldest()) {
    put(out.signed_slots.oldest, each.getPurpose(), read_u256(each.getBatchId()));
  }
  return out;
}

Rewards restore(schema::RewardsState::Reader state) {
  Rewards out;
  out.open = state.hasOpened();
  if (out.open) {
    const auto opened = state.getOpened();
    out.opened = Msg<schema::RewardsOpened>::copy_of(opened);
    out.rules = {opened.getPeriodSeconds(), opened.getMinEpochs(), opened.getCounting(),
                 opened.getTargetRatePpm()};
    if (state.getPaid().size() == 0) stop("restored rewards without what was paid before them");
  }
  out.started_at = state.getStartedAt();
  out.compositions = state.getCompositions();
  out.running_epoch = state.getRunningEpoch();
  for (const auto each : state.getEpochs()) {
    EpochAccount account{each.getFirstBlock(), each.getLastBlock(), {}};
    for (const auto blocks : each.getBlocks()) {
      put(account.blocks, read_u256(blocks.getSequencerId()),
          SequencerBlocks{blocks.getAllotted(), blocks.getProduced()});
    }
    put(out.epochs, each.getEpoch(), std::move(account));
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
    put(out.composed, read_u256(each.getBatchId()),
        ComposedBatch{each.getCompositions(), closed_in(each)});
  }
  return out;
}

Faults restore(schema::FaultsState::Reader state) {
  Faults out;
  if (state.hasParameters()) {
    const auto set = state.getParameters();
    auto& rules = out.rules.emplace();
    rules.skip_at = set.getSkipAt();
    rules.skip_epochs = set.getSkipEpochs();
    rules.propose_at = set.getProposeAt();
    for (const auto each : set.getPoints()) put(rules.points, each.getKind(), each.getPoints());
  }
  for (const auto each : state.getStandings()) {
    put(out.standings, read_u256(each.getSequencerId()),
        FaultStanding{each.getScore(), each.getSkippedUntil(), each.getProposed()});
  }
  for (const auto each : state.getKnown()) {
    out.known.emplace(each.getKind(), each.getBlock(), fixed<Address>(each.getSigner()));
  }
  return out;
}

}  // namespace horae
