#pragma once

#include "node/start/log_session.hpp"
#include "node/system.hpp"

namespace horae {

/// Refuses another genesis than the log's, the log of a pool, and rules that this program does not
/// know, before anything is written.
[[nodiscard]] Started<void> check_alone(const NodeSystem& node, const SharedState& state);

/// Spawns the sequence of a node that is in no pool. A new log begins with the genesis that
/// pool.genesis names, or else with one of the settings, and with what the engine's block 0 is; one
/// of before there was a genesis gets what it has no rules of. A change of rules that is wanted is
/// entered. Later, what the settings say of shared rules counts for nothing, and is told where it
/// differs.
Started<void> begin_alone(NodeSystem& node, LogSession& session);

}  // namespace horae
