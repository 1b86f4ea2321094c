#include "events/penalties/penalties.hpp"

#include "events/penalties/rules.hpp"
#include "events/snapshot.hpp"

namespace horae {

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

Faults restore(schema::FaultsState::Reader state) {
  Faults out;
  if (state.hasParameters()) {
    const auto set = state.getParameters();
    auto& rules = out.rules.emplace();
    rules.skip_at = set.getSkipAt();
    rules.skip_epochs = set.getSkipEpochs();
    rules.propose_at = set.getProposeAt();
    rules.known_signers_only = set.getKnownSignersOnly();
    for (const auto each : set.getPoints())
      put_once(rules.points, each.getKind(), each.getPoints());
  }
  for (const auto each : state.getStandings()) {
    put_once(out.standings, read_u256(each.getSequencerId()),
             FaultStanding{each.getScore(), each.getSkippedUntil(), each.getProposed()});
  }
  for (const auto each : state.getKnown()) {
    const auto signer = fixed<Address>(each.getSigner());
    out.known.emplace(each.getKind(), each.getBlock(), signer);
    ++out.proven[signer];
  }
  return out;
}

Observations restore(schema::ObservationsState::Reader state) {
  Observations out;
  if (state.hasParameters()) {
    const auto set = state.getParameters();
    auto& rules = out.rules.emplace();
    rules.block_time_ms = set.getBlockTimeMs();
    rules.late_after_ms = set.getLateAfterMs();
    rules.backlog_limit_ms = set.getBacklogLimitMs();
    rules.outage_limit_ms = set.getOutageLimitMs();
    rules.window_ms = set.getWindowMs();
    for (const auto each : set.getPoints())
      put_once(rules.points, each.getKind(), each.getPoints());
  }
  for (const auto each : state.getCounts()) {
    put_once(out.counts, each.getKind(),
             ObservationCount{each.getTimes(), each.getCount(), each.getLastUntilMs()});
  }
  for (const auto each : state.getRecent()) {
    out.recent.push_back({each.getKind(), each.getCount(), each.getFromMs(), each.getUntilMs(),
                          each.getBlock(), copy(each.getSubject())});
  }
  return out;
}

}  // namespace horae
