#pragma once

#include "node/start/log_session.hpp"
#include "node/system.hpp"

namespace horae {

/// Spawns the sequence of a node that is in no pool. A new log begins with the genesis that
/// pool.genesis names, or else with one of the settings, and with what the engine's block 0 is; a
/// change of rules that is wanted is entered. Later, what the settings say of shared rules counts
/// for nothing, and is told where it differs. Refuses another genesis than the log's, the log of a
/// pool, and rules that this program does not know.
Started<void> begin_alone(NodeSystem& node, LogSession& session);

}  // namespace horae
