#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "node/inspect/operator.hpp"

namespace horae {

/// The part of the pool's sequence that this speaks to.
using yielding_actor = caf::typed_actor<caf::replies_to<YieldTurn>::with<Receipt>>;

/// Gives this member's turn to make blocks to the next, and tells what came of it: once that is
/// agreed on, or after a bounded time. Returns at once, what is at it: it ends when told was
/// called, on its thread, and where it is ended before, told is let go. at_least: a record that the
/// answer is to know.
caf::actor yield_turn(caf::actor_system& system, const world_actor& world,
                      const yielding_actor& sequence, const Address& me, std::uint64_t at_least,
                      std::function<void(WordOutcome)> told);

}  // namespace horae
