#include <algorithm>

#include "events/pool/attestations.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/pool/stalls.hpp"
#include "events/shared.hpp"
#include "events/turns.hpp"

// What shared domains say to the facts of one another.
namespace horae {
namespace {

// What rewards say to what L1 tells.
Decision of_rewards(const SharedState& state, schema::LockingFact::Reader fact,
                    std::int32_t after) {
  if (fact.isPoolOpened()) return pool_opened(state.rewards, fact.getPoolOpened(), after);
  if (fact.isRewardDistributed()) return pay(state.rewards, fact.getRewardDistributed(), after);
  if (fact.isL1Reverted()) {
    return unpay(state.rewards, state.locking.current.batch.id,
                 to_point(fact.getL1Reverted().getTo()), after);
  }
  return {};
}

// Whoever differs for long is at fault: an endpoint that is wrong now and then is not.
constexpr std::uint64_t most_differing_places = 16;

void accuse_of_reports(Decision& out, const SharedState& state, const Address& signer,
                       const DifferingMember& differing, std::int32_t after) {
  if (differing.places % most_differing_places != 0) return;
  auto said = reports_differ(state.faults, accused(state, signer), signer,
                             {differing.since, differing.last, differing.places}, after);
  std::ranges::move(said.facts, std::back_inserter(out.facts));
}

// What the locking domain says to what was agreed on of L1; then who is at fault by that, and the
// changes of rules that hold from this head of L1 on.
Decision of_agreed(const SharedState& state, schema::L1Agreed::Reader fact, std::int32_t after) {
  const auto command = with_finalized(state.pool.agreed->read(), state.locking.finalized,
                                      to_point(fact.getFinalized()));
  auto out = decide(state.locking, command.read());
  if (!out.ok()) stop("what the pool agreed on of L1 is refused: " + out.detail);
  for (auto& each : out.facts) each.after = after;
  for (const auto& [signer, differing] : state.pool.differing) {
    if (differing.last == fact.getPlace()) {
      accuse_of_reports(out, state, signer, differing, after);
    }
  }
  if (command.read().isAdvance()) {
    const auto head = to_point(command.read().getAdvance().getConfirmed());
    std::ranges::move(rules_due(state.pool, head, after).facts, std::back_inserter(out.facts));
  }
  return out;
}

// What one rule of a change sets, applied to this state.
Decision try_rule(SharedState& state, BytesView bytes) {
  const auto rule = Msg<schema::SharedCommand>::parse(bytes);
  if (!rule) return refuse(Reason::MALFORMED, rule.error().what);
  if (!configures(rule->read())) {
    return refuse(Reason::WRONG_CONTENT, "a rule that configures nothing");
  }
  return settle_rule(state, rule->read());
}

Decision changed_rules(const SharedState& state, schema::RulesChanged::Reader changed,
                       std::int32_t after) {
  Decision out;
  if (changed.getNeeds() > known_rules()) return out;
  auto tried = state;
  unsigned place = 0;
  for (const auto bytes : changed.getRules()) {
    auto said = try_rule(tried, view(bytes));
    if (!said.ok()) {
      return decided(make_fact<schema::PoolFact>(
          [&](auto fact) {
            auto refused = fact.initRulesRefused();
            refused.setRule(place);
            refused.setReason(said.refused);
          },
          after));
    }
    for (auto& fact : said.facts) {
      fact.after = after;
      out.facts.push_back(std::move(fact));
    }
    ++place;
  }
  return out;
}

Decision of_pool(const SharedState& state, schema::PoolFact::Reader fact, std::int32_t after) {
  Decision out;
  // A word more, or a voice less.
  if (fact.isBlockAttested() || fact.isMembersChanged()) {
    out = attested_up_to(state.blocks, attested_by_quorum(state.pool), after);
  }
  if (fact.isStallReported() || fact.isMembersChanged()) {
    if (const auto turn = running_turn(state)) {
      std::ranges::move(replaced_leader(state.pool, *turn, after).facts,
                        std::back_inserter(out.facts));
    }
  }
  if (fact.isL1Agreed()) return of_agreed(state, fact.getL1Agreed(), after);
  if (fact.isRulesChanged()) return changed_rules(state, fact.getRulesChanged(), after);
  if (fact.isMemberLost()) return follow_members(state.pool, state.locking, after);
  if (fact.isL1Reported()) {
    const auto signer = fixed<Address>(fact.getL1Reported().getMember());
    const auto differing = state.pool.differing.find(signer);
    const bool late = fact.getL1Reported().getReport().getPlace() < state.pool.place;
    if (late && differing != state.pool.differing.end()) {
      accuse_of_reports(out, state, signer, differing->second, after);
    }
  }
  return out;
}

// A pool's changes of rules follow what it agreed on; alone, they follow L1.
Decision of_locking(const SharedState& state, schema::LockingFact::Reader fact,
                    std::int32_t after) {
  auto out = of_rewards(state, fact, after);
  const auto add = [&](Decision said) {
    std::ranges::move(said.facts, std::back_inserter(out.facts));
  };
  add(follow_members(state.pool, state.locking, after));
  if (!state.pool.is_founded() && fact.isL1Advanced()) {
    add(rules_due(state.pool, to_point(fact.getL1Advanced().getConfirmed()), after));
  }
  return out;
}

}  // namespace

Decision reaction(const SharedState& state, Domain domain, const Message& payload,
                  std::int32_t after) {
  if (domain == Domain::POOL) {
    return of_pool(state, Msg<schema::PoolFact>::of(payload).read(), after);
  }
  if (domain == Domain::PENALTIES) {
    const auto fact = Msg<schema::PenaltiesFact>::of(payload);
    if (!fact.read().isFaultProven()) return {};
    const auto proven = fact.read().getFaultProven();
    return what_follows(state.faults, proven, accused(state, fixed<Address>(proven.getSigner())),
                        after);
  }
  if (domain == Domain::BLOCKS) {
    const auto fact = Msg<schema::BlocksFact>::of(payload);
    if (!fact.read().isBlockSealed()) return {};
    const auto header = fact.read().getBlockSealed().getHeader();
    const auto& epoch = state.blocks.epoch;
    const auto sealed_by = standing(state, fixed<Address>(header.getSequencer()));
    return credit(
        state.rewards,
        {header.getNumber(), header.getTimestamp(), epoch.number, sealed_by.id, epoch.sequencer_id},
        after);
  }
  if (domain == Domain::LOCKING) {
    return of_locking(state, Msg<schema::LockingFact>::of(payload).read(), after);
  }
  return {};
}

}  // namespace horae
