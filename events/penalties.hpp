#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "events/decision.hpp"
#include "events/locking.hpp"
#include "schemas/penalties.capnp.h"

namespace horae {

template <>
inline constexpr Domain domain_of<schema::PenaltiesFact> = Domain::PENALTIES;

using schema::ConsequenceKind;
using schema::FaultKind;
using schema::ObservationKind;

struct FaultRules {
  std::uint64_t skip_at = 0, skip_epochs = 0, propose_at = 0;
  std::map<FaultKind, std::uint32_t> points;
};

struct FaultStanding {
  std::uint64_t score = 0;
  std::uint64_t skipped_until = 0;  // epoch; 0: not skipped
  bool proposed = false;            // for forceUnlock
};

/// Shared: faults that were proven, and what they led to.
struct Faults {
  std::optional<FaultRules> rules;
  std::map<U256, FaultStanding> standings;                        // by sequencer id
  std::set<std::tuple<FaultKind, std::uint64_t, Address>> known;  // kind, block, signer
};

/// What the other shared domains say of the accused, carried into a decision.
struct Accused {
  U256 sequencer_id;        // 0: the pool knows no such signer
  std::uint64_t epoch = 0;  // the running one
};

/// Local: what this node saw of its own service.
struct ObservationRules {
  std::uint64_t block_time_ms = 0, late_after_ms = 0, backlog_limit_ms = 0, outage_limit_ms = 0;
  std::uint64_t window_ms = 0;
  std::map<ObservationKind, std::uint32_t> points;
};
struct ObservationCount {
  std::uint64_t times = 0, count = 0, last_until_ms = 0;
};
struct RecentObservation {
  ObservationKind kind = ObservationKind::NONE;
  std::uint32_t count = 0;
  std::uint64_t from_ms = 0, until_ms = 0;
};
struct Observations {
  std::optional<ObservationRules> rules;
  std::map<ObservationKind, ObservationCount> counts;
  std::vector<RecentObservation> recent;  // in the window before the newest, oldest first
};

/// Takes an accusation whose evidence shows the fault (notProven else, wrongRoots always: a rule
/// cannot execute a block); the same fault again is accepted without facts. What it costs and what
/// follows from the score stand in the same decision.
[[nodiscard]] Decision decide(const Faults& state, schema::PenaltiesCommand::Reader command,
                              const Accused& accused);
[[nodiscard]] Decision decide(const Observations& state,
                              schema::ObservationsCommand::Reader command);

/// Points of what was observed in the window that ends now.
[[nodiscard]] std::uint64_t score(const Observations& state, std::uint64_t now_ms);

void apply(Faults& state, schema::PenaltiesFact::Reader fact);
void apply(Observations& state, schema::PenaltiesFact::Reader fact);
[[nodiscard]] Message state_message(const Faults& state);
[[nodiscard]] Message state_message(const Observations& state);

}  // namespace horae
