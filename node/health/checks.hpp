#pragma once

#include <string_view>

#include "node/health/situation.hpp"

namespace horae {

/// One thing that a probe asks for.
struct Check {
  std::string_view name;
  bool ok = false;
  std::string words;  // what is seen
};
/// Whether the process should be left alone: its main loop turns, and no actor is stuck for so long
/// that only a restart could help. A node that starts is alive.
[[nodiscard]] std::vector<Check> liveness(const Situation& seen);
/// Whether it serves: log replayed, L1 followed, engine at the log's head and JSON-RPC open where
/// it makes blocks, well in its pool where it is a member of one, room there, journal and the other
/// actors at work. That it may produce blocks is not asked.
[[nodiscard]] std::vector<Check> readiness(const Situation& seen);
[[nodiscard]] bool all_ok(const std::vector<Check>& checks);
/// Log, L1 and engine are at their heads.
[[nodiscard]] bool is_synced(const Situation& seen);

}  // namespace horae
