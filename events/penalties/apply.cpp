#include "events/penalties/penalties.hpp"

#include <algorithm>

#include "events/penalties/rules.hpp"

namespace horae {
namespace {

using schema::PenaltiesFact;

void apply_observed(Observations& state, schema::Observed::Reader observed) {
  auto& count = state.counts[observed.getKind()];
  count.times = add_up(count.times, 1);
  count.count = add_up(count.count, observed.getCount());
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

RecentObservation recent_of(schema::Observed::Reader observed) {
  return {observed.getKind(),    observed.getCount(), observed.getFromMs(),
          observed.getUntilMs(), observed.getBlock(), copy(observed.getSubject())};
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
      state.rules = to_rules(fact.getFaultParametersSet());
      if (!state.rules) stop("fault parameters with a kind twice");
      return;
    case PenaltiesFact::FAULT_PROVEN: {
      const auto proven = fact.getFaultProven();
      const auto signer = fixed<Address>(proven.getSigner());
      if (!state.known.emplace(proven.getKind(), proven.getBlock(), signer).second) {
        stop("FaultProven twice: block " + std::to_string(proven.getBlock()) + ", signer " +
             to_hex(signer));
      }
      ++state.proven[signer];
      const auto id = read_u256(proven.getSequencerId());
      if (id == 0) return;
      auto& standing = state.standings[id];
      standing.score = add_up(standing.score, proven.getPoints());
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
      state.rules = to_rules(fact.getObservationParametersSet());
      if (!state.rules) stop("observation parameters with a kind twice");
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

}  // namespace horae
