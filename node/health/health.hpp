#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "node/health/situation.hpp"

namespace horae {

/// What a node is doing: one truth for status, probes, metrics, JSON-RPC and the inspector.
struct Health {
  std::string_view state;      // one of health_states, for programs
  std::string words;           // for people: one sentence
  std::uint64_t since_ms = 0;  // that it is so; 0: not known
  // Of what takes its time, in records or blocks. total 0: it is not counted.
  std::uint64_t done = 0, total = 0;
  double rate = 0;                      // a second
  std::optional<std::uint64_t> left_s;  // none: nobody can tell
  std::vector<std::string> besides;     // what else should be known, a sentence each
};

/// Append only: they are in metrics and in people's scripts.
/// starting, replaying (the log), indexing (the lookups), executing (logged blocks on the engine):
/// the start. backfilling: L1 is read up to its head. producing: blocks. waiting: no blocks, though
/// it is a sequencer, and why. verifying: nothing else to do than to verify the log behind the
/// start. idle: no transactions. synced: it only follows L1, and is at its head. stuck: something
/// does not go on. stopping. behind: a member of a pool catches up with it.
inline constexpr std::string_view health_states[] = {
    "starting",  "replaying", "indexing", "executing", "backfilling", "producing", "waiting",
    "verifying", "idle",      "synced",   "stuck",     "stopping",    "behind",
};

[[nodiscard]] Health health_of(const Situation& seen);

/// `condition` in horae_status and in the ops port's /status.
[[nodiscard]] boost::json::object to_json(const Health& health);

}  // namespace horae
