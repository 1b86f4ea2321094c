#include "events/locking/locking.hpp"

#include <algorithm>

#include "events/locking/pool.hpp"

namespace horae {
namespace {

using schema::LockingFact;

std::string say(const L1Point& block) {
  return "block " + std::to_string(block.number) + " " + to_hex(block.hash);
}

void set_block(schema::L1Block::Builder builder, const L1Point& block) {
  builder.setNumber(block.number);
  builder.setHash(data(block.hash));
}

Fact copy_fact(LockingFact::Reader reader) {
  auto payload = Message::adopt(capnp::canonicalize(reader));
  const auto digest = sha256(payload.bytes());
  return {domain_of<LockingFact>, static_cast<std::uint16_t>(reader.which()), -1,
          std::move(payload), digest};
}

// Opening

Decision decide_open(const Locking& state, schema::PoolOpened::Reader opened) {
  if (!state.is_open()) {
    return {
        Reason::NONE, "", {make_fact<LockingFact>([&](auto fact) { fact.setPoolOpened(opened); })}};
  }
  const auto words = capnp::canonicalize(opened);
  const auto bytes = words.asBytes();
  if (std::ranges::equal(state.opened.bytes(), BytesView(bytes.begin(), bytes.size()))) return {};
  return refuse(Reason::FORK, "the pool was opened with other values");
}

// Blocks with events

/// A refusal, or whether the block was folded before.
struct Placed {
  Decision refusal;
  bool known = false;
};

Placed place(const Locking& state, const L1Point& block, const Hash32& parent) {
  const auto known = [&](const L1Point& other) -> std::optional<Placed> {
    if (other.number != block.number) return {};
    if (other.hash == block.hash) return Placed{{}, true};
    return Placed{refuse(Reason::FORK, say(block) + " where " + say(other) + " is known"), false};
  };
  for (const auto& pending : state.pending) {
    if (auto placed = known(pending.block)) return *placed;
  }
  if (state.base_block) {
    if (auto placed = known(*state.base_block); placed && placed->known) return *placed;
  }
  if (state.finalized && block.number <= state.finalized->number) {
    return {refuse(Reason::BELOW_FINALIZED,
                   say(block) + " is at or below the finalized " + say(*state.finalized))};
  }
  const auto last = state.last_known();
  if (!last) return {};
  if (block.number <= last->number) {
    return {refuse(Reason::FORK, say(block) + " is not above the last known " + say(*last))};
  }
  if (block.number == last->number + 1 && parent != last->hash) {
    return {refuse(Reason::FORK, say(block) + " does not follow " + say(*last))};
  }
  return {};
}

/// What makes a command no honest edge's; empty where nothing does.
std::string flaw(schema::ObserveBlock::Reader command, const L1Point& block) {
  std::optional<std::uint32_t> before;
  for (const auto event : command.getEvents()) {
    if (!is_event(event)) return "a fact that is no event";
    const auto position = position_of(event);
    if (position.getBlock() != block.number ||
        fixed<Hash32>(position.getBlockHash()) != block.hash ||
        position.getTimestamp() != command.getTimestamp()) {
      return "an event of another block";
    }
    if (before && position.getLogIndex() <= *before) return "events out of order";
    before = position.getLogIndex();
  }
  return "";
}

Decision decide_observe(const Locking& state, schema::ObserveBlock::Reader command) {
  if (!state.is_open()) return refuse(Reason::NOT_OPEN, "the pool is not open");
  const auto block = to_point(command.getBlock());
  auto placed = place(state, block, fixed<Hash32>(command.getParentHash()));
  if (!placed.refusal.ok() || placed.known) return std::move(placed.refusal);
  if (auto wrong = flaw(command, block); !wrong.empty()) {
    return refuse(Reason::WRONG_CONTENT, say(block) + " with " + wrong);
  }
  Decision decision;
  PoolView pool = state.current;
  for (const auto event : command.getEvents()) {
    const auto differences = check_event(pool, event);
    const auto cause = static_cast<std::int32_t>(decision.facts.size());
    decision.facts.push_back(copy_fact(event));
    for (const auto& difference : differences) {
      decision.facts.push_back(make_fact<LockingFact>(
          [&](auto fact) {
            auto found = fact.initDiscrepancyFound();
            found.setPosition(position_of(event));
            found.setWhat(difference.what.c_str());
            found.setFolded(difference.folded.c_str());
            found.setLogged(difference.logged.c_str());
          },
          cause));
    }
    apply_event(pool, event);
  }
  return decision;
}

// Heads

Decision decide_advance(const Locking& state, schema::L1Advanced::Reader command) {
  if (!state.is_open()) return refuse(Reason::NOT_OPEN, "the pool is not open");
  const auto confirmed = to_point(command.getConfirmed());
  const auto finalized = to_point(command.getFinalized());
  if (state.confirmed_head == confirmed && state.finalized.value_or(L1Point{}) == finalized) {
    return {};
  }
  if (finalized.number > confirmed.number ||
      (finalized.number == confirmed.number && finalized.hash != confirmed.hash)) {
    return refuse(Reason::WRONG_CONTENT, "the confirmed " + say(confirmed) +
                                             " does not contain the finalized " + say(finalized));
  }
  if (state.finalized &&
      (finalized.number < state.finalized->number ||
       (finalized.number == state.finalized->number && finalized.hash != state.finalized->hash))) {
    return refuse(Reason::BELOW_FINALIZED,
                  say(finalized) + " after the finalized " + say(*state.finalized));
  }
  for (const auto& [block, fact] : state.pending) {
    if ((block.number == confirmed.number && block.hash != confirmed.hash) ||
        (block.number == finalized.number && block.hash != finalized.hash)) {
      return refuse(Reason::FORK, "an advance to another block than the folded " + say(block));
    }
  }
  const auto last = state.last_known();
  if (last && (confirmed.number < last->number ||
               (confirmed.number == last->number && confirmed.hash != last->hash))) {
    return refuse(Reason::FORK, say(confirmed) + " after " + say(*last));
  }
  return {
      Reason::NONE, "", {make_fact<LockingFact>([&](auto fact) { fact.setL1Advanced(command); })}};
}

Decision decide_revert(const Locking& state, schema::L1Reverted::Reader command) {
  if (!state.is_open()) return refuse(Reason::NOT_OPEN, "the pool is not open");
  const auto to = to_point(command.getTo());
  if (state.finalized &&
      (to.number < state.finalized->number ||
       (to.number == state.finalized->number && to.hash != state.finalized->hash))) {
    return refuse(Reason::BELOW_FINALIZED,
                  "a return to " + say(to) + ", below the finalized " + say(*state.finalized));
  }
  for (const auto& [block, fact] : state.pending) {
    if (block.number == to.number && block.hash != to.hash) {
      return refuse(Reason::FORK, "a return to another block than the folded " + say(block));
    }
  }
  const auto last = state.last_known();
  if (!last || last->number <= to.number) return {};
  return {
      Reason::NONE, "", {make_fact<LockingFact>([&](auto fact) { fact.setL1Reverted(command); })}};
}

// Folding

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
  std::erase_if(state.pending,
                [&](const PendingFact& pending) { return pending.block.number > to.number; });
  if (state.confirmed_head && state.confirmed_head->number > to.number) state.confirmed_head = to;
  state.current = state.base;
  for (const auto& pending : state.pending) apply_event(state.current, *pending.fact);
}

// The state as a message

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

}  // namespace

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

Decision decide(const Locking& state, schema::LockingCommand::Reader command) {
  using Command = schema::LockingCommand;
  switch (command.which()) {
    case Command::OPEN:
      return decide_open(state, command.getOpen());
    case Command::OBSERVE:
      return decide_observe(state, command.getObserve());
    case Command::ADVANCE:
      return decide_advance(state, command.getAdvance());
    case Command::REVERT:
      return decide_revert(state, command.getRevert());
    case Command::NONE:
      return refuse(Reason::WRONG_CONTENT, "an empty command");
  }
  return refuse(Reason::WRONG_CONTENT, "a command of a newer version");
}

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
  });
}

const SequencerView* by_signer(const Locking& state, const Address& signer) {
  const auto id = state.current.signers.find(signer);
  if (id == state.current.signers.end()) return nullptr;
  const auto found = state.current.sequencers.find(id->second);
  return found == state.current.sequencers.end() ? nullptr : &found->second;
}

}  // namespace horae
