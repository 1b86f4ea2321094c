#pragma once

#include "actors/shell.hpp"
#include "events/mempool/mempool.hpp"

namespace horae {

/// The mempool over a state folded from the log.
mempool_actor spawn_mempool(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
                            Mempool state, journal_actor journal);

}  // namespace horae
