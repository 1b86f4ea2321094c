#pragma once

#include "node/start/log_session.hpp"
#include "node/system.hpp"

// What a sequencer does for its pool beside making blocks: signing rounds, submissions to L1,
// rewards and penalties.
namespace horae {

/// Brings the key of the reward batches into the log (in a pool its genesis has), and starts the
/// round manager, the submitter and the accountant (where the node has the key of the reward
/// batches), and the penalty monitor. Their first ticks are sent by begin_pool_duties.
[[nodiscard]] Started<void> spawn_pool_duties(NodeSystem& node, const LogSession& session);
void begin_pool_duties(NodeSystem& node);

}  // namespace horae
