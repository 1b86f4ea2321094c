#pragma once

#include "actors/shell.hpp"
#include "events/shared.hpp"

namespace horae {

/// The sequence over a state folded from the log.
sequence_actor spawn_sequence(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
                              SharedState state, journal_actor journal);

}  // namespace horae
