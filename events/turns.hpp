#pragma once

#include <optional>
#include <vector>

#include "events/domains.hpp"

// Whose turn it is to make the pool's blocks, from shared state alone: members, their standing in
// the locking pool, credits, faults, and who was replaced or gave its turn away.
namespace horae {

/// The members that could have a turn now, ascending by sequencer id: those with a voice whose
/// signer is Active in the locking pool.
[[nodiscard]] std::vector<EpochShare> turn_shares(const SharedState& state);

/// Who makes the pool's blocks: the running epoch's signer where members take turns (nobody before
/// there is one), else the genesis's leader. Nobody where there is no pool.
[[nodiscard]] std::optional<Address> leader_of(const SharedState& state);

/// The turn that members may speak of; none where they take none, or none has begun.
[[nodiscard]] std::optional<RunningTurn> running_turn(const SharedState& state);

/// The epoch that begins behind the last block now; none where the running one goes on, members
/// take no turns, or nobody could have one. Passed over are those whose faults cost them this
/// epoch, those who were replaced not long ago, and who was replaced or gave its turn away just
/// now; where that leaves nobody, faults count for nothing, then what was not long ago, then all of
/// it.
[[nodiscard]] std::optional<Epoch> epoch_due(const SharedState& state);

/// The epochs to come, at most so many, if each leader makes all its blocks and nothing else
/// changes.
[[nodiscard]] std::vector<Epoch> coming_turns(const SharedState& state, unsigned count);

}  // namespace horae
