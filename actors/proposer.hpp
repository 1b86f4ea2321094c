#pragma once

#include "actors/shell.hpp"

namespace horae {

/// Speaks to consensus on a thread of its own, since that asks the sequence before it answers.
proposer_actor spawn_proposer(caf::actor_system& system, Threading threading,
                              std::shared_ptr<ActorMeter> meter, std::shared_ptr<ProposePort> port);

}  // namespace horae
