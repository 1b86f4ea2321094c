#pragma once

#include <string>
#include <vector>

#include "events/locking/locking.hpp"

namespace horae {

/// Where an event stands; stops on a fact that is no event of the contracts.
[[nodiscard]] schema::L1Position::Reader position_of(schema::LockingFact::Reader event);
/// Whether a fact is an event of the contracts (not an opening, a head or a finding of our own).
[[nodiscard]] bool is_event(schema::LockingFact::Reader fact);

[[nodiscard]] PoolView pool_at_opening(schema::PoolOpened::Reader opened);

/// Folds one event (or finding) into a view. Total: what names an unknown sequencer changes totals
/// alone.
void apply_event(PoolView& pool, schema::LockingFact::Reader event);

/// What the fold led to expect of a log, and what the log says.
struct Mismatch {
  std::string what, folded, logged;
};

/// Checks an event against the fold before it.
[[nodiscard]] std::vector<Mismatch> check_event(const PoolView& pool,
                                                schema::LockingFact::Reader event);

}  // namespace horae
