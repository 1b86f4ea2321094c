#include "events/shared.hpp"

#include "events/rewards/composition.hpp"

namespace horae {
namespace {

// Applies what was decided, and what other domains say to it, to the end.
Decision adopt(SharedState& state, Decision decision) {
  for (const auto& fact : decision.facts) apply(state, fact.domain, fact.payload);
  for (std::size_t i = 0; i < decision.facts.size(); ++i) {
    // A copy of the handle: what is said grows the list.
    const auto fact = decision.facts[i];
    auto said = reaction(state, fact.domain, fact.payload, static_cast<std::int32_t>(i));
    for (auto& answer : said.facts) {
      apply(state, answer.domain, answer.payload);
      decision.facts.push_back(std::move(answer));
    }
  }
  return decision;
}

}  // namespace

Decision settle(SharedState& state, schema::LockingCommand::Reader command) {
  return adopt(state, decide(state.locking, command));
}

Decision settle(SharedState& state, schema::BlocksCommand::Reader command) {
  const auto sequencer =
      command.isSeal() ? fixed<Address>(command.getSeal().getHeader().getSequencer()) : Address{};
  return adopt(state, decide(state.blocks, command, standing(state.locking, sequencer)));
}

Decision settle(SharedState& state, schema::RewardsCommand::Reader command) {
  return adopt(state, decide(state.rewards, command, pool_standing(state.locking)));
}

Decision settle(SharedState& state, schema::MpcCommand::Reader command) {
  std::optional<Msg<schema::Content>> expected;
  if (command.isSign()) expected = content_of(state, to_slot(command.getSign().getSlot()));
  return adopt(state, decide(state.mpc, command, expected, state.locking.current.mpc));
}

Decision settle(SharedState& state, schema::PenaltiesCommand::Reader command) {
  if (!command.isAccuse()) return adopt(state, decide(state.faults, command, Accused{}));
  const auto shown = check(command.getAccuse());
  // What does not show a fault is refused by the decision itself.
  const auto by = shown ? accused(state, *shown) : Accused{};
  return adopt(state, decide(state.faults, command, by));
}

Decision settle(SharedState& state, const Accusation& accusation) {
  return adopt(state,
               decide(state.faults, accusation.command(), accused(state, accusation.shown())));
}

Decision reaction(const SharedState& state, Domain domain, const Message& payload,
                  std::int32_t after) {
  if (domain == Domain::BLOCKS) {
    const auto fact = Msg<schema::BlocksFact>::of(payload);
    if (!fact.read().isBlockSealed()) return {};
    const auto header = fact.read().getBlockSealed().getHeader();
    const auto& epoch = state.blocks.epoch;
    const auto sealed_by = standing(state.locking, fixed<Address>(header.getSequencer()));
    return credit(
        state.rewards,
        {header.getNumber(), header.getTimestamp(), epoch.number, sealed_by.id, epoch.sequencer_id},
        after);
  }
  if (domain == Domain::LOCKING) {
    const auto fact = Msg<schema::LockingFact>::of(payload);
    if (fact.read().isPoolOpened()) {
      return pool_opened(state.rewards, fact.read().getPoolOpened(), after);
    }
    if (fact.read().isRewardDistributed()) {
      return pay(state.rewards, fact.read().getRewardDistributed(), after);
    }
    if (fact.read().isL1Reverted()) {
      return unpay(state.rewards, state.locking.current.batch.id,
                   to_point(fact.read().getL1Reverted().getTo()), after);
    }
  }
  return {};
}

void apply(SharedState& state, Domain domain, const Message& payload) {
  visit_fact(domain, payload.bytes(), [&](auto row, auto fact) {
    using Row = decltype(row);
    if constexpr (HasShared<Row>) {
      apply(state.*Row::Shared::state, fact);
      fold(state.digests[domain], domain, static_cast<std::uint16_t>(fact.which()),
           payload.bytes());
    } else {
      stop("a fact of domain " + std::to_string(static_cast<unsigned>(domain)) +
           " in the shared state");
    }
  });
}

SequencerStanding standing(const Locking& locking, const Address& sequencer) {
  SequencerStanding out;
  if (locking.confirmed_head) {
    out.confirmed_l1_head = locking.confirmed_head->number;
    out.confirmed_l1_hash = locking.confirmed_head->hash;
    out.confirmed_l1_time = locking.confirmed_time;
  }
  const auto* view = by_signer(locking, sequencer);
  if (view == nullptr) {
    out.status =
        locking.current.signers.contains(sequencer)
            ? "no signer in the locking pool any more: it was replaced, or its sequencer left"
            : "no signer in the locking pool";
  } else {
    out.status = std::string(status_name(view->status)) + " in the locking pool";
    out.active = view->status == SequencerStatus::active;
    out.id = view->id;
  }
  return out;
}

Accused accused(const SharedState& state, const ShownFault& shown) {
  Accused out;
  out.epoch = state.blocks.epoch.number;
  out.chain_id = state.blocks.chain_id;
  out.known_signer = state.locking.current.signers.contains(shown.signer);
  out.shown = shown;
  if (const auto* view = by_signer(state.locking, shown.signer)) out.sequencer_id = view->id;
  return out;
}

std::optional<Msg<schema::Content>> content_of(const SharedState& state, const SlotName& slot) {
  if (slot.purpose != MpcPurpose::REWARD_SUBMIT || !state.rewards.closed) return std::nullopt;
  const auto period = state.rewards.closed->read();
  if (slot.batch_id != read_u256(period.getBatchId()) ||
      slot.composition != period.getComposition() || !state.locking.is_open()) {
    return std::nullopt;
  }
  return Msg<schema::Content>::build([&](auto content) {
    content.setTo(state.locking.opened.read().getLockingPool());
    content.setData(data(batch_call(period)));
    content.setValue(data(to_word(U256(0))));
  });
}

}  // namespace horae
