#pragma once

#include "actors/shell.hpp"

namespace horae {

/// Has other members write users' transactions down, many in one request, and tells of each once so
/// many members have it (wanted, this one among them; 2 or more), or too few have in time. A block
/// of the pool's that has it is as good. Whom it can ask, and what is in blocks, it is told.
copier_actor spawn_copier(caf::actor_system& system, Threading threading,
                          std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                          std::size_t wanted, std::shared_ptr<LinkPort> members);

}  // namespace horae
