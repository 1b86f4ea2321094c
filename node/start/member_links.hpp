#pragma once

#include "node/start/log_session.hpp"
#include "node/system.hpp"

namespace horae {

/// In a pool: listens for the other members' links, and gives the forwarder what waits here;
/// where acknowledgements wait for other members (acknowledge.copies), there is a copier, too.
/// Refuses an address that it cannot listen on (port_taken).
[[nodiscard]] Started<void> spawn_links(NodeSystem& node, const LogSession& session);
/// Dials the other members, and serves them. With everything there that they may ask for.
void begin_links(NodeSystem& node);

}  // namespace horae
