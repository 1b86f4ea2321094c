#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "node/inspect/operator.hpp"

namespace horae {

/// The part of the pool's sequence that this speaks to.
using revoking_actor = caf::typed_actor<caf::replies_to<RevokeBlock>::with<Receipt>>;

/// Tells the pool that its operator wants this block revoked, and tells what came of it: once the
/// pool has ordered the word, or after a bounded time. Returns at once, what is at it: it ends when
/// told was called, on its thread, and where it is ended before, told is let go.
caf::actor revoke_block(caf::actor_system& system, const revoking_actor& sequence,
                        std::uint64_t block, std::function<void(WordOutcome)> told);

}  // namespace horae
