#pragma once

#include "node/start/log_session.hpp"
#include "node/system.hpp"

namespace horae {

/// Starts the consensus of a member, spawns the sequence that goes by it, and waits until the pool
/// is founded and everything that it has ordered meanwhile is in the log, which the session then
/// tells. Refuses another genesis than the log's, and the log of a node that was alone.
Started<void> join(NodeSystem& node, LogSession& session, const DataPaths& paths);

}  // namespace horae
