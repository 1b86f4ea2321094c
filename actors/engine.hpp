#pragma once

#include "actors/shell.hpp"

namespace horae {

/// The engine's edge: one call at a time, each on this actor's own thread.
engine_actor spawn_engine(caf::actor_system& system, Threading threading,
                          std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                          std::shared_ptr<EnginePort> engine);

/// Looks accounts up at the sealed head: whatever was asked while a look-up ran goes into the next
/// one together. The engine port must not be shared with another actor.
accounts_actor spawn_accounts(caf::actor_system& system, Threading threading,
                              std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                              std::shared_ptr<EnginePort> engine);

}  // namespace horae
