#pragma once

#include "events/world.hpp"

// The way back from canonical state messages (state_message) to states. Each takes a message that
// was walked against its schema; what still does not fit (a length, an entry twice) stops, as a
// fact that cannot be does. Whoever restores from bytes that nobody vouches for sets a stop
// handler, and compares state_message of what came out with what went in.
namespace horae {

[[nodiscard]] Locking restore(schema::LockingState::Reader state);
/// open: whether the domain has facts, which its message does not say.
[[nodiscard]] Blocks restore(schema::BlocksState::Reader state, bool open);
[[nodiscard]] Mpc restore(schema::MpcState::Reader state);
[[nodiscard]] Rewards restore(schema::RewardsState::Reader state);
[[nodiscard]] Faults restore(schema::FaultsState::Reader state);

/// Of a log that was opened.
[[nodiscard]] NodeState restore(schema::NodeState::Reader state);
/// Without accounts and transactions: the message has but their sums.
[[nodiscard]] Mempool restore(schema::MempoolState::Reader state);
[[nodiscard]] MpcRounds restore(schema::RoundsState::Reader state);
[[nodiscard]] Submissions restore(schema::SubmissionsState::Reader state);
[[nodiscard]] Observations restore(schema::ObservationsState::Reader state);

}  // namespace horae
