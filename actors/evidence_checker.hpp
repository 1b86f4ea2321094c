#pragma once

#include "actors/door.hpp"

namespace horae {

/// Takes evidence files from strangers: asks the world whether the signer is known and the fault is
/// not, then checks it (pure, up to a block's worth of recoveries), then asks the sequence, and
/// sends the client the receipt. One, and on a thread that gives way to the others, so that nothing
/// waits for it; how many come at once the client bounds (Admission).
evidence_checker_actor spawn_evidence_checker(caf::actor_system& system, Threading threading,
                                              std::shared_ptr<ActorMeter> meter,
                                              std::shared_ptr<Admission> admission,
                                              world_actor world, sequence_actor sequence);

}  // namespace horae
