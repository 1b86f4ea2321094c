#pragma once

#include "events/world.hpp"
#include "telemetry/board.hpp"

namespace horae {

/// Tells the board what the pool agrees on, beside what its sequence tells; nothing of a node that
/// is alone.
void tell_pool(Board& board, const World& world);
/// What the board is told of the committed state: nothing in it takes longer with a longer log or a
/// fuller pool. unserved_since_ms is left to who remembers what was told before.
[[nodiscard]] Board::Committed committed(const World& world);

}  // namespace horae
