#include <algorithm>

#include "events/pool/attestations.hpp"
#include "events/pool/disputes.hpp"
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

void add(Decision& out, Decision said) {
  std::ranges::move(said.facts, std::back_inserter(out.facts));
}

Decision revoked_now(const SharedState& state, std::int32_t after) {
  const auto verdict = verdict_on(state.pool, safe_block(state.blocks) + 1);
  return verdict ? revoke_blocks(state.blocks, *verdict, after) : Decision{};
}

Decision at_fault(const SharedState& state, const Address& signer, const AgreedFault& fault,
                  std::int32_t after) {
  return agreed_fault(state.faults, accused(state, signer), signer, fault, after);
}

// By what members say: how far the chain is attested, and paid; that a block is revoked.
Decision of_attestations(const SharedState& state, std::int32_t after) {
  const auto number = attested_by_quorum(state.pool);
  auto out = attested_up_to(state.blocks, number, after);
  if (out.facts.empty()) return revoked_now(state, after);
  for (const auto& block : earned_up_to(state.blocks, number)) {
    add(out,
        credit(state.rewards,
               {block.number, block.timestamp, block.epoch, block.sequencer_id, block.sequencer_id},
               after));
  }
  return out;
}

// The chain is attested up to a block: whoever said otherwise is at fault, and the next block may
// be the one that is to be revoked.
Decision of_attested(const SharedState& state, std::uint64_t number, std::int32_t after) {
  Decision out;
  for (const auto& [member, dispute] : state.pool.disputes) {
    if (dispute.block > number || !dispute.hash) continue;
    add(out, at_fault(state, member,
                      {FaultKind::WRONG_ATTESTATION, dispute.block, state.blocks.epoch.number,
                       std::nullopt, dispute.hash},
                      after));
  }
  add(out, revoked_now(state, after));
  return out;
}

// The leader of the first revoked block is replaced, whoever leads by now; where members agree on
// what the block is instead, it is at fault, and so is whoever attested it.
Decision of_revoked(const SharedState& state, schema::BlocksRevoked::Reader fact,
                    std::int32_t after) {
  const auto signer = fixed<Address>(fact.getSigner());
  std::set<Address> members;
  for (const auto member : fact.getMembers()) members.insert(fixed<Address>(member));
  const RunningTurn turn{state.blocks.epoch.number, state.blocks.head.number,
                         state.blocks.turns->skip_epochs, read_u256(fact.getSequencerId()), signer};
  auto out = replaced_by(turn, members, after);
  if (fact.getInstead().size() == 0) return out;
  add(out, at_fault(state, signer,
                    {FaultKind::WRONG_ROOTS, fact.getNumber(), fact.getEpoch(),
                     fixed<Hash32>(fact.getHash()), fixed<Hash32>(fact.getInstead())},
                    after));
  for (const auto& [member, number] : state.pool.attested) {
    if (number < fact.getNumber() || member == signer) continue;
    add(out, at_fault(state, member,
                      {FaultKind::WRONG_ATTESTATION, fact.getNumber(), fact.getEpoch(),
                       std::nullopt, fixed<Hash32>(fact.getHash())},
                      after));
  }
  return out;
}

// Nothing was made in a turn until the leader was replaced; who was replaced for a block that was
// revoked is at fault by that.
Decision of_replaced(const SharedState& state, schema::LeaderReplaced::Reader fact,
                     std::int32_t after) {
  const auto& revoked = state.blocks.revoked;
  if (!revoked.empty() && revoked.back().epoch == fact.getEpoch()) return {};
  return at_fault(
      state, fixed<Address>(fact.getSigner()),
      {FaultKind::LEADER_REPLACED, fact.getBlock(), fact.getEpoch(), std::nullopt, std::nullopt},
      after);
}

Decision of_pool(const SharedState& state, schema::PoolFact::Reader fact, std::int32_t after) {
  Decision out;
  // A word more, or a voice less.
  if (fact.isBlockAttested() || fact.isBlockDisputed() || fact.isMembersChanged()) {
    out = of_attestations(state, after);
  }
  if (fact.isLeaderReplaced()) return of_replaced(state, fact.getLeaderReplaced(), after);
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
    if (fact.read().isBlocksAttested()) {
      return of_attested(state, fact.read().getBlocksAttested().getNumber(), after);
    }
    if (fact.read().isBlocksRevoked()) {
      return of_revoked(state, fact.read().getBlocksRevoked(), after);
    }
    if (!fact.read().isBlockSealed()) return {};
    const auto header = fact.read().getBlockSealed().getHeader();
    // Where it may be revoked, it is paid once it is attested.
    if (is_revocable(state.blocks, header.getNumber())) return {};
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
