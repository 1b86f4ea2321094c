#include "node/health/checks.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/words.hpp"
#include "node/health/health.hpp"
#include "node/health/pool_health.hpp"
#include "node/health/words.hpp"

namespace horae {
namespace {

// Of an actor that asks nobody outside the process: only a restart could help.
constexpr std::uint64_t dead_ms = 180'000;
constexpr std::uint64_t beat_most_ms = 30'000;

Check check(std::string_view name, bool ok, std::string words) {
  return {name, ok, std::move(words)};
}

bool engine_at_head(const Situation& seen) {
  return seen.start.state == "done" && seen.engine.state != "silent" &&
         seen.engine_head >= seen.sealed_head;
}

Check pool_check(const Situation& seen) {
  const auto& pool = seen.consensus;
  std::string wrong;
  for (const auto& trouble : pool_troubles(seen)) {
    wrong += (wrong.empty() ? "" : "; ") + trouble.words;
  }
  if (wrong.empty() && is_behind(seen)) wrong = behind_words(pool);
  if (!wrong.empty()) return check("pool", false, std::move(wrong));
  return check("pool", pool.state == "ordering",
               pool.state == "ordering"
                   ? fmt::format("the pool {} orders, at height {}", pool.name, pool.height)
                   : "consensus has not told its height yet");
}

}  // namespace

std::vector<Check> liveness(const Situation& seen) {
  std::vector<Check> out;
  const auto silent = since(seen, seen.beat_ms);
  const bool turns = seen.beat_ms == 0 || seen.stopping || silent < beat_most_ms;
  out.push_back(check("loop", turns,
                      seen.beat_ms == 0 ? health_of(seen).words
                      : turns           ? "the main loop turns"
                              : "the main loop has not turned for " + duration_words(silent)));
  const auto dead = std::ranges::find_if(seen.busy, [](const Situation::Busy& busy) {
    return busy.for_ms >= dead_ms && !asks_outside(busy.actor);
  });
  const bool lives = dead == seen.busy.end();
  out.push_back(check("actors", lives, lives ? "no actor is stuck for long" : stuck_words(*dead)));
  return out;
}

std::vector<Check> readiness(const Situation& seen) {
  std::vector<Check> out;
  const bool started = seen.start.state == "done";
  if (seen.stopping) out.push_back(check("running", false, "stopping"));
  out.push_back(check("log", seen.start.replayed,
                      seen.start.replayed ? "the log is replayed" : health_of(seen).words));
  out.push_back(check("l1", started && l1_at_head(seen), l1_words(seen)));
  if (seen.start.sequencing) {
    const bool engine = engine_at_head(seen);
    out.push_back(check("engine", engine,
                        !started ? health_of(seen).words
                        : seen.engine.state == "silent"
                            ? "the engine does not answer" + because(seen.engine.reason)
                            : fmt::format("the engine is at block {}, the log at {}",
                                          seen.engine_head, seen.sealed_head)));
    out.push_back(
        check("rpc", seen.rpc_open, seen.rpc_open ? "JSON-RPC is open" : "JSON-RPC is not open"));
  }
  if (!seen.consensus.name.empty()) out.push_back(pool_check(seen));
  const bool looked = seen.room.state != "starting";
  const bool closed = seen.room.state == "closed";
  out.push_back(check("room", looked && !closed,
                      closed    ? "no transaction is let in: " + seen.room.reason
                      : !looked ? "nobody has looked how much there is"
                                : "there is room for the log"));
  const auto journal = std::ranges::find_if(seen.busy, [](const Situation::Busy& busy) {
    return (busy.actor == "journal" || busy.actor == "committer") && is_stuck(busy);
  });
  out.push_back(check("journal", started && journal == seen.busy.end(),
                      journal != seen.busy.end() ? stuck_words(*journal)
                      : started                  ? "commits go to the disk"
                                                 : "nothing is written yet"));
  const auto* any = first_stuck(seen);
  out.push_back(
      check("actors", any == nullptr, any == nullptr ? "no actor is stuck" : stuck_words(*any)));
  return out;
}

bool all_ok(const std::vector<Check>& checks) {
  return std::ranges::all_of(checks, [](const Check& one) { return one.ok; });
}

bool is_synced(const Situation& seen) {
  return seen.start.state == "done" && !seen.stopping && l1_at_head(seen) && !is_behind(seen) &&
         (!seen.start.sequencing || engine_at_head(seen));
}

}  // namespace horae
