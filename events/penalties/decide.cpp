#include "events/penalties/penalties.hpp"

#include <algorithm>

#include "events/penalties/evidence.hpp"
#include "events/penalties/rules.hpp"

namespace horae {
namespace {

using schema::PenaltiesFact;

// The evidence lies in the fact beside a few words more, and a record has its limit.
constexpr std::size_t room_beside_evidence = 1024;

std::uint32_t points_of(const FaultRules& rules, FaultKind kind) {
  const auto place = rules.points.find(kind);
  return place == rules.points.end() ? 0 : place->second;
}

// The same parameters again are no news.
template <class Schema, class Rules>
bool is_set(const std::optional<Rules>& rules, const Rules& wanted) {
  if (!rules) return false;
  const auto bytes = [](const Rules& which) {
    return Msg<Schema>::build([&](auto out) { write(out, which); });
  };
  return std::ranges::equal(bytes(*rules).bytes(), bytes(wanted).bytes());
}

Decision decide_parameters(const Faults& state, schema::FaultParameters::Reader set) {
  const auto wanted = to_rules(set);
  if (!wanted) {
    return refuse(Reason::MALFORMED, "points of a kind that is unknown or stands twice");
  }
  Decision out;
  if (is_set<schema::FaultParameters>(state.rules, *wanted)) return out;
  out.facts.push_back(
      make_fact<PenaltiesFact>([&](auto fact) { write(fact.initFaultParametersSet(), *wanted); }));
  return out;
}

Fact drawn(ConsequenceKind kind, const U256& sequencer_id, std::uint64_t score,
           std::uint64_t until_epoch, std::int32_t after) {
  return make_fact<PenaltiesFact>(
      [&](auto fact) {
        auto consequence = fact.initConsequenceDrawn();
        consequence.setKind(kind);
        consequence.setUntilEpoch(until_epoch);
        consequence.setScore(score);
        consequence.setSequencerId(data(to_word(sequencer_id)));
      },
      after);
}

std::uint64_t proven_of(const Faults& state, const Address& signer) {
  const auto count = state.proven.find(signer);
  return count == state.proven.end() ? 0 : count->second;
}

bool may_be_kept(const Faults& state, const Accused& accused, const Address& signer) {
  return !state.rules->known_signers_only ||
         (accused.known_signer && proven_of(state, signer) < Faults::most_of_a_signer);
}

// fill: sets the evidence.
template <class Fill>
Fact proven(const ShownFault& shown, std::uint32_t points, const Accused& accused,
            std::int32_t after, Fill fill) {
  return make_fact<PenaltiesFact>(
      [&](auto fact) {
        auto fault = fact.initFaultProven();
        fault.setKind(shown.kind);
        fault.setPoints(points);
        fault.setBlock(shown.block);
        fault.setSigner(data(shown.signer));
        fault.setSequencerId(data(to_word(accused.sequencer_id)));
        fill(fault);
      },
      after);
}

// What follows from a sequencer's score. score, faults: with the one that led to this.
std::vector<Fact> consequences(const Faults& state, const Accused& accused, std::uint64_t score,
                               std::uint64_t faults, std::int32_t after) {
  std::vector<Fact> out;
  const auto& rules = *state.rules;
  const auto standing = state.standings.find(accused.sequencer_id);
  const auto before = standing == state.standings.end() ? FaultStanding{} : standing->second;
  const bool runs = before.skipped_until != 0 && before.skipped_until >= accused.epoch;
  const bool skips = rules.skip_at != 0 && rules.skip_epochs != 0 && score >= rules.skip_at;
  const auto draw = [&](ConsequenceKind kind, std::uint64_t until_epoch) {
    out.push_back(drawn(kind, accused.sequencer_id, score, until_epoch, after));
  };
  if (rules.known_signers_only && skips && faults == Faults::most_of_a_signer) {
    draw(ConsequenceKind::SKIPPED, UINT64_MAX);
  } else if (skips && !runs) {
    draw(ConsequenceKind::SKIPPED, add_up(accused.epoch, rules.skip_epochs));
  }
  if (rules.propose_at != 0 && score >= rules.propose_at && !before.proposed) {
    draw(ConsequenceKind::FORCE_UNLOCK_PROPOSED, 0);
  }
  return out;
}

Decision decide_accusation(const Faults& state, schema::Evidence::Reader evidence,
                           const Accused& accused) {
  if (!state.rules) return refuse(Reason::NOT_OPEN, "what faults cost is not set yet");
  if (evidence.totalSize().wordCount * sizeof(capnp::word) + room_beside_evidence >
      Message::max_bytes) {
    return refuse(Reason::TOO_LARGE, "the evidence does not fit a record");
  }
  // Cheap before dear: what it claims is what it shows, where it shows anything.
  const auto shown = accused.shown ? Result<ShownFault>(*accused.shown) : claimed(evidence);
  if (!shown) return refuse(Reason::NOT_PROVEN, shown.error().what);
  if (shown->chain_id != accused.chain_id) {
    return refuse(Reason::WRONG_CHAIN, "evidence of chain " + std::to_string(shown->chain_id) +
                                           ", this is " + std::to_string(accused.chain_id));
  }
  if (is_known(state, *shown)) return {};
  if (!accused.excused.empty()) return refuse(Reason::NOT_PROVEN, accused.excused);
  const bool sandwich = shown->kind == FaultKind::SANDWICH;
  const auto already = proven_of(state, shown->signer);
  const bool bounded = state.rules->known_signers_only;
  if (bounded && !accused.known_signer) {
    return refuse(Reason::UNKNOWN_SIGNER,
                  to_hex(shown->signer) + " is and was no sequencer's key in this pool");
  }
  if (bounded && already >= Faults::most_of_a_signer) {
    return refuse(Reason::ENOUGH_PROVEN, std::to_string(already) + " faults of " +
                                             to_hex(shown->signer) + " are proven already");
  }
  if (!accused.shown) {
    if (const auto whole = check(evidence); !whole) {
      return refuse(Reason::NOT_PROVEN, whole.error().what);
    }
  }
  auto points = points_of(*state.rules, shown->kind);
  if (sandwich && state.known.contains({FaultKind::BROKEN_ORDER, shown->block, shown->signer})) {
    points -= std::min(points, points_of(*state.rules, FaultKind::BROKEN_ORDER));
  }
  auto out = decided(
      proven(*shown, points, accused, -1, [&](auto fault) { fault.setEvidence(evidence); }));
  if (accused.sequencer_id == 0 || points == 0) return out;
  const auto standing = state.standings.find(accused.sequencer_id);
  const auto score = standing == state.standings.end() ? 0 : standing->second.score;
  std::ranges::move(consequences(state, accused, add_up(score, points), already + 1, 0),
                    std::back_inserter(out.facts));
  return out;
}

Decision decide_parameters(const Observations& state, schema::ObservationParameters::Reader set) {
  const auto wanted = to_rules(set);
  if (!wanted) {
    return refuse(Reason::MALFORMED, "points of a kind that is unknown or stands twice");
  }
  if (set.getBlockTimeMs() == 0) return refuse(Reason::MALFORMED, "a block time of 0");
  Decision out;
  if (is_set<schema::ObservationParameters>(state.rules, *wanted)) return out;
  out.facts.push_back(make_fact<PenaltiesFact>(
      [&](auto fact) { write(fact.initObservationParametersSet(), *wanted); }));
  return out;
}

Decision decide_observed(const Observations& state, schema::Observed::Reader observed) {
  if (!state.rules) return refuse(Reason::NOT_OPEN, "what is observed is not set yet");
  if (observed.getKind() == ObservationKind::NONE ||
      observed.getKind() > ObservationKind::FORWARD_REFUSED || observed.getCount() == 0 ||
      observed.getFromMs() > observed.getUntilMs()) {
    return refuse(Reason::MALFORMED, "an observation of nothing, or that ends before it begins");
  }
  if (observed.getSubject().size() != 0 && observed.getSubject().size() != Hash32::size) {
    return refuse(Reason::MALFORMED, "a subject that is no hash");
  }
  Decision out;
  if (std::ranges::find(state.recent, recent_of(observed)) != state.recent.end()) return out;
  out.facts.push_back(make_fact<PenaltiesFact>([&](auto fact) { fact.setObserved(observed); }));
  return out;
}

}  // namespace

bool is_known(const Faults& state, const ShownFault& shown) {
  const auto known = [&](FaultKind kind) {
    return state.known.contains({kind, shown.block, shown.signer});
  };
  return known(shown.kind) || (shown.kind == FaultKind::BROKEN_ORDER && known(FaultKind::SANDWICH));
}

Decision decide(const Faults& state, schema::PenaltiesCommand::Reader command,
                const Accused& accused) {
  using Command = schema::PenaltiesCommand;
  switch (command.which()) {
    case Command::NONE:
      return refuse(Reason::MALFORMED, "an empty command");
    case Command::SET_PARAMETERS:
      return decide_parameters(state, command.getSetParameters());
    case Command::ACCUSE:
      return decide_accusation(state, command.getAccuse(), accused);
  }
  stop("a penalties command written by a newer version");
}

Decision reports_differ(const Faults& state, const Accused& accused, const Address& signer,
                        const DifferingReports& reports, std::int32_t after) {
  const ShownFault shown{FaultKind::L1_REPORTS, accused.chain_id, reports.last, signer,
                         std::string()};
  if (!state.rules || is_known(state, shown)) return {};
  if (!may_be_kept(state, accused, signer)) return {};
  return decided(
      proven(shown, points_of(*state.rules, shown.kind), accused, after, [&](auto fault) {
        auto differing = fault.initEvidence().initL1Reports();
        differing.setSince(reports.since);
        differing.setLast(reports.last);
        differing.setPlaces(reports.places);
      }));
}

Decision agreed_fault(const Faults& state, const Accused& accused, const Address& signer,
                      const AgreedFault& fault, std::int32_t after) {
  const ShownFault shown{fault.kind, accused.chain_id, fault.block, signer, std::string()};
  if (!state.rules || !state.rules->points.contains(fault.kind) || is_known(state, shown) ||
      !may_be_kept(state, accused, signer)) {
    return {};
  }
  return decided(proven(shown, points_of(*state.rules, shown.kind), accused, after, [&](auto out) {
    auto evidence = out.initEvidence().initAgreed();
    evidence.setEpoch(fault.epoch);
    if (fault.hash) evidence.setHash(data(*fault.hash));
    if (fault.instead) evidence.setInstead(data(*fault.instead));
  }));
}

Decision what_follows(const Faults& state, schema::FaultProven::Reader fault,
                      const Accused& accused, std::int32_t after) {
  Decision out;
  const auto evidence = fault.getEvidence();
  if ((!evidence.isL1Reports() && !evidence.isAgreed()) || fault.getPoints() == 0) return out;
  const auto standing = state.standings.find(read_u256(fault.getSequencerId()));
  if (standing == state.standings.end()) return out;
  out.facts = consequences(state, accused, standing->second.score,
                           proven_of(state, fixed<Address>(fault.getSigner())), after);
  return out;
}

Decision decide(const Observations& state, schema::ObservationsCommand::Reader command) {
  using Command = schema::ObservationsCommand;
  switch (command.which()) {
    case Command::NONE:
      return refuse(Reason::MALFORMED, "an empty command");
    case Command::SET_PARAMETERS:
      return decide_parameters(state, command.getSetParameters());
    case Command::OBSERVE:
      return decide_observed(state, command.getObserve());
  }
  stop("an observations command written by a newer version");
}

std::uint64_t score(const Observations& state, std::uint64_t now_ms) {
  if (!state.rules) return 0;
  std::uint64_t out = 0;
  for (const auto& one : state.recent) {
    if (one.until_ms <= now_ms && now_ms - one.until_ms > state.rules->window_ms) continue;
    const auto points = state.rules->points.find(one.kind);
    if (points == state.rules->points.end()) continue;
    out = add_up(out, std::uint64_t{points->second} * one.count);
  }
  return out;
}

}  // namespace horae
