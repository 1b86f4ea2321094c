#include "events/penalties/penalties.hpp"

#include <algorithm>

#include "events/penalties/evidence.hpp"

namespace horae {
namespace {

using schema::PenaltiesFact;

// The evidence lies in the fact beside a few words more, and a record has its limit.
constexpr std::size_t room_beside_evidence = 1024;

std::uint64_t add(std::uint64_t a, std::uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

std::uint32_t points_of(const FaultRules& rules, FaultKind kind) {
  const auto place = rules.points.find(kind);
  return place == rules.points.end() ? 0 : place->second;
}

// {kind: points}; nothing where one kind stands twice or is none.
template <class Kind, class List>
std::optional<std::map<Kind, std::uint32_t>> read_points(List list, Kind last) {
  std::map<Kind, std::uint32_t> out;
  for (const auto entry : list) {
    const bool known = entry.getKind() != Kind::NONE && entry.getKind() <= last;
    if (!known || !out.emplace(entry.getKind(), entry.getPoints()).second) return std::nullopt;
  }
  return out;
}
template <class Kind, class Builder>
void write_points(const std::map<Kind, std::uint32_t>& points, Builder rules) {
  auto list = rules.initPoints(static_cast<unsigned>(points.size()));
  unsigned next = 0;
  for (const auto& [kind, each] : points) {
    list[next].setKind(kind);
    list[next++].setPoints(each);
  }
}

FaultRules fault_rules(schema::FaultParameters::Reader set) {
  auto points = read_points(set.getPoints(), FaultKind::WRONG_ROOTS);
  if (!points) stop("fault parameters with a kind twice");
  return {set.getSkipAt(), set.getSkipEpochs(), set.getProposeAt(), std::move(*points)};
}
void write(schema::FaultParameters::Builder out, const FaultRules& rules) {
  out.setSkipAt(rules.skip_at);
  out.setSkipEpochs(rules.skip_epochs);
  out.setProposeAt(rules.propose_at);
  write_points(rules.points, out);
}

ObservationRules observation_rules(schema::ObservationParameters::Reader set) {
  auto points = read_points(set.getPoints(), ObservationKind::ROUND_TIMED_OUT);
  if (!points) stop("observation parameters with a kind twice");
  return {set.getBlockTimeMs(),   set.getLateAfterMs(), set.getBacklogLimitMs(),
          set.getOutageLimitMs(), set.getWindowMs(),    std::move(*points)};
}
void write(schema::ObservationParameters::Builder out, const ObservationRules& rules) {
  out.setBlockTimeMs(rules.block_time_ms);
  out.setLateAfterMs(rules.late_after_ms);
  out.setBacklogLimitMs(rules.backlog_limit_ms);
  out.setOutageLimitMs(rules.outage_limit_ms);
  out.setWindowMs(rules.window_ms);
  write_points(rules.points, out);
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
  if (!read_points(set.getPoints(), FaultKind::WRONG_ROOTS)) {
    return refuse(Reason::MALFORMED, "points of a kind that is unknown or stands twice");
  }
  const auto wanted = fault_rules(set);
  Decision out;
  if (is_set<schema::FaultParameters>(state.rules, wanted)) return out;
  out.facts.push_back(
      make_fact<PenaltiesFact>([&](auto fact) { write(fact.initFaultParametersSet(), wanted); }));
  return out;
}

Fact drawn(ConsequenceKind kind, const U256& sequencer_id, std::uint64_t score,
           std::uint64_t until_epoch) {
  return make_fact<PenaltiesFact>(
      [&](auto fact) {
        auto consequence = fact.initConsequenceDrawn();
        consequence.setKind(kind);
        consequence.setUntilEpoch(until_epoch);
        consequence.setScore(score);
        consequence.setSequencerId(data(to_word(sequencer_id)));
      },
      0);
}

Decision decide_accusation(const Faults& state, schema::Evidence::Reader evidence,
                           const Accused& accused) {
  if (!state.rules) return refuse(Reason::NOT_OPEN, "what faults cost is not set yet");
  if (evidence.totalSize().wordCount * sizeof(capnp::word) + room_beside_evidence >
      Message::max_bytes) {
    return refuse(Reason::TOO_LARGE, "the evidence does not fit a record");
  }
  const auto shown = check(evidence);
  if (!shown) return refuse(Reason::NOT_PROVEN, shown.error().what);
  if (shown->chain_id != accused.chain_id) {
    return refuse(Reason::WRONG_CHAIN, "evidence of chain " + std::to_string(shown->chain_id) +
                                           ", this is " + std::to_string(accused.chain_id));
  }
  const auto is_known = [&](FaultKind kind) {
    return state.known.contains({kind, shown->block, shown->signer});
  };
  if (is_known(shown->kind)) return {};
  const bool sandwich = shown->kind == FaultKind::SANDWICH;
  if (shown->kind == FaultKind::BROKEN_ORDER && is_known(FaultKind::SANDWICH)) return {};
  auto points = points_of(*state.rules, shown->kind);
  if (sandwich && is_known(FaultKind::BROKEN_ORDER)) {
    points -= std::min(points, points_of(*state.rules, FaultKind::BROKEN_ORDER));
  }

  Decision out;
  out.facts.push_back(make_fact<PenaltiesFact>([&](auto fact) {
    auto proven = fact.initFaultProven();
    proven.setKind(shown->kind);
    proven.setPoints(points);
    proven.setBlock(shown->block);
    proven.setSigner(data(shown->signer));
    proven.setSequencerId(data(to_word(accused.sequencer_id)));
    proven.setEvidence(evidence);
  }));
  if (accused.sequencer_id == 0 || points == 0) return out;
  const auto standing = state.standings.find(accused.sequencer_id);
  const auto before = standing == state.standings.end() ? FaultStanding{} : standing->second;
  const auto score = add(before.score, points);
  const auto& rules = *state.rules;
  const bool runs = before.skipped_until != 0 && before.skipped_until >= accused.epoch;
  if (rules.skip_at != 0 && rules.skip_epochs != 0 && score >= rules.skip_at && !runs) {
    out.facts.push_back(drawn(ConsequenceKind::SKIPPED, accused.sequencer_id, score,
                              add(accused.epoch, rules.skip_epochs)));
  }
  if (rules.propose_at != 0 && score >= rules.propose_at && !before.proposed) {
    out.facts.push_back(
        drawn(ConsequenceKind::FORCE_UNLOCK_PROPOSED, accused.sequencer_id, score, 0));
  }
  return out;
}

RecentObservation recent_of(schema::Observed::Reader observed) {
  return {observed.getKind(),    observed.getCount(), observed.getFromMs(),
          observed.getUntilMs(), observed.getBlock(), copy(observed.getSubject())};
}

Decision decide_parameters(const Observations& state, schema::ObservationParameters::Reader set) {
  if (!read_points(set.getPoints(), ObservationKind::ROUND_TIMED_OUT)) {
    return refuse(Reason::MALFORMED, "points of a kind that is unknown or stands twice");
  }
  if (set.getBlockTimeMs() == 0) return refuse(Reason::MALFORMED, "a block time of 0");
  const auto wanted = observation_rules(set);
  Decision out;
  if (is_set<schema::ObservationParameters>(state.rules, wanted)) return out;
  out.facts.push_back(make_fact<PenaltiesFact>(
      [&](auto fact) { write(fact.initObservationParametersSet(), wanted); }));
  return out;
}

Decision decide_observed(const Observations& state, schema::Observed::Reader observed) {
  if (!state.rules) return refuse(Reason::NOT_OPEN, "what is observed is not set yet");
  if (observed.getKind() == ObservationKind::NONE ||
      observed.getKind() > ObservationKind::ROUND_TIMED_OUT || observed.getCount() == 0 ||
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

void apply_observed(Observations& state, schema::Observed::Reader observed) {
  auto& count = state.counts[observed.getKind()];
  count.times = add(count.times, 1);
  count.count = add(count.count, observed.getCount());
  count.last_until_ms = std::max(count.last_until_ms, observed.getUntilMs());
  state.recent.push_back(recent_of(observed));
  // The window ends with the newest; without rules, which no decision allows, it is empty.
  std::uint64_t newest = 0;
  for (const auto& one : state.recent) newest = std::max(newest, one.until_ms);
  const auto window = state.rules ? state.rules->window_ms : 0;
  std::erase_if(state.recent,
                [&](const RecentObservation& one) { return newest - one.until_ms > window; });
  if (state.recent.size() > Observations::most_recent) state.recent.erase(state.recent.begin());
}

}  // namespace

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
    out = add(out, std::uint64_t{points->second} * one.count);
  }
  return out;
}

bool is_shared(PenaltiesFact::Which kind) {
  switch (kind) {
    case PenaltiesFact::FAULT_PARAMETERS_SET:
    case PenaltiesFact::FAULT_PROVEN:
    case PenaltiesFact::CONSEQUENCE_DRAWN:
      return true;
    case PenaltiesFact::NONE:
    case PenaltiesFact::OBSERVATION_PARAMETERS_SET:
    case PenaltiesFact::OBSERVED:
      return false;
  }
  stop("a penalties fact written by a newer version");
}

void apply(Faults& state, PenaltiesFact::Reader fact) {
  switch (fact.which()) {
    case PenaltiesFact::NONE:
      break;
    case PenaltiesFact::FAULT_PARAMETERS_SET:
      state.rules = fault_rules(fact.getFaultParametersSet());
      return;
    case PenaltiesFact::FAULT_PROVEN: {
      const auto proven = fact.getFaultProven();
      const auto signer = fixed<Address>(proven.getSigner());
      if (!state.known.emplace(proven.getKind(), proven.getBlock(), signer).second) {
        stop("FaultProven twice: block " + std::to_string(proven.getBlock()) + ", signer " +
             to_hex(signer));
      }
      const auto id = read_u256(proven.getSequencerId());
      if (id == 0) return;
      auto& standing = state.standings[id];
      standing.score = add(standing.score, proven.getPoints());
      return;
    }
    case PenaltiesFact::CONSEQUENCE_DRAWN: {
      const auto consequence = fact.getConsequenceDrawn();
      const auto id = read_u256(consequence.getSequencerId());
      const auto standing = state.standings.find(id);
      if (standing == state.standings.end()) {
        stop("ConsequenceDrawn for sequencer " + to_decimal(id) + ", which has no fault");
      }
      switch (consequence.getKind()) {
        case ConsequenceKind::NONE:
          break;
        case ConsequenceKind::SKIPPED:
          standing->second.skipped_until = consequence.getUntilEpoch();
          return;
        case ConsequenceKind::FORCE_UNLOCK_PROPOSED:
          standing->second.proposed = true;
          return;
      }
      break;
    }
    case PenaltiesFact::OBSERVATION_PARAMETERS_SET:
    case PenaltiesFact::OBSERVED:
      stop("a local fact among the shared ones of penalties");
  }
  stop("a penalties fact written by a newer version");
}

void apply(Observations& state, PenaltiesFact::Reader fact) {
  switch (fact.which()) {
    case PenaltiesFact::NONE:
      break;
    case PenaltiesFact::OBSERVATION_PARAMETERS_SET:
      state.rules = observation_rules(fact.getObservationParametersSet());
      return;
    case PenaltiesFact::OBSERVED:
      return apply_observed(state, fact.getObserved());
    case PenaltiesFact::FAULT_PARAMETERS_SET:
    case PenaltiesFact::FAULT_PROVEN:
    case PenaltiesFact::CONSEQUENCE_DRAWN:
      stop("a shared fact among the local ones of penalties");
  }
  stop("a penalties fact written by a newer version");
}

Message state_message(const Faults& state) {
  return Msg<schema::FaultsState>::build([&](auto out) {
    if (state.rules) write(out.initParameters(), *state.rules);
    auto standings = out.initStandings(static_cast<unsigned>(state.standings.size()));
    unsigned next = 0;
    for (const auto& [id, standing] : state.standings) {
      auto entry = standings[next++];
      entry.setScore(standing.score);
      entry.setSkippedUntil(standing.skipped_until);
      entry.setProposed(standing.proposed);
      entry.setSequencerId(data(to_word(id)));
    }
    auto known = out.initKnown(static_cast<unsigned>(state.known.size()));
    next = 0;
    for (const auto& [kind, block, signer] : state.known) {
      known[next].setKind(kind);
      known[next].setBlock(block);
      known[next++].setSigner(data(signer));
    }
  });
}

Message state_message(const Observations& state) {
  return Msg<schema::ObservationsState>::build([&](auto out) {
    if (state.rules) write(out.initParameters(), *state.rules);
    auto counts = out.initCounts(static_cast<unsigned>(state.counts.size()));
    unsigned next = 0;
    for (const auto& [kind, count] : state.counts) {
      counts[next].setKind(kind);
      counts[next].setTimes(count.times);
      counts[next].setCount(count.count);
      counts[next++].setLastUntilMs(count.last_until_ms);
    }
    auto recent = out.initRecent(static_cast<unsigned>(state.recent.size()));
    next = 0;
    for (const auto& one : state.recent) {
      recent[next].setKind(one.kind);
      recent[next].setCount(one.count);
      recent[next].setFromMs(one.from_ms);
      recent[next].setUntilMs(one.until_ms);
      recent[next].setBlock(one.block);
      if (!one.subject.empty()) recent[next].setSubject(data(one.subject));
      ++next;
    }
  });
}

std::string observation_name(ObservationKind kind) {
  switch (kind) {
    case ObservationKind::NONE:
      return "none";
    case ObservationKind::LATE_BLOCK:
      return "lateBlock";
    case ObservationKind::MISSED_SLOT:
      return "missedSlot";
    case ObservationKind::OUTAGE:
      return "outage";
    case ObservationKind::BACKLOG:
      return "backlog";
    case ObservationKind::ROUND_TIMED_OUT:
      return "roundTimedOut";
  }
  return "a kind written by a newer version";
}

std::string consequence_name(ConsequenceKind kind) {
  switch (kind) {
    case ConsequenceKind::NONE:
      return "none";
    case ConsequenceKind::SKIPPED:
      return "skipped";
    case ConsequenceKind::FORCE_UNLOCK_PROPOSED:
      return "forceUnlockProposed";
  }
  return "a kind written by a newer version";
}

}  // namespace horae
