#include "node/health/health.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>

#include "core/pace.hpp"
#include "core/words.hpp"
#include "node/engine/geth_command.hpp"
#include "node/health/pool_health.hpp"
#include "node/health/words.hpp"

namespace horae {
namespace {

constexpr std::uint64_t l1_silent_ms = 60'000;
constexpr std::uint64_t engine_silent_ms = 10'000;
constexpr std::uint64_t l1_slow_ms = 5'000;
// Transactions that wait for so many block times, and so long, wait for something else.
constexpr std::uint64_t unserved_blocks = 10;
constexpr std::uint64_t unserved_ms = 30'000;
// A block that is due in a moment is no reason to say that none is made.
constexpr std::uint64_t due_ms = 3'000;

bool l1_away(const Board::L1& l1) {
  return l1.state != "following" && l1.state != "backfilling" && l1.state != "starting";
}

void pace(Health& out, std::uint64_t from, std::uint64_t took_ms, const std::string& what) {
  const auto pace = pace_of(from, out.done, out.total, took_ms);
  out.rate = static_cast<double>(pace.rate);
  out.left_s = pace.left_s;
  out.words = progress_words(what, out.done, out.total, pace);
}

Health starting(const Situation& seen) {
  const auto& start = seen.start;
  Health out;
  for (const auto state : health_states) {
    if (state == start.state) out.state = state;
  }
  out.since_ms = start.since_ms;
  out.words = start.what.empty() ? std::string("starting") : start.what;
  if (start.total == 0) return out;
  out.done = start.done;
  out.total = start.total;
  pace(out, start.from, since(seen, start.since_ms), start.what);
  return out;
}

std::string unserved(const Situation& seen) {
  const auto& now = seen.committed;
  const auto& production = seen.production;
  const auto then_ms = unserved_since(seen);
  if (then_ms == 0) return {};
  const auto most = std::max(unserved_ms, unserved_blocks * 1000 * seen.start.block_time_s);
  if (since(seen, then_ms) < most) return {};
  return fmt::format("no block is sealed although {}{}", waiting_words(now.waiting),
                     because(production.reason));
}

// What does not go on, if anything.
std::optional<Health> stuck(const Situation& seen) {
  const auto say = [](std::uint64_t since_ms, std::string words) {
    Health out;
    out.state = "stuck";
    out.since_ms = since_ms;
    out.words = fmt::format("stuck since {} because {}", time_words(since_ms), std::move(words));
    return out;
  };
  if (const auto* busy = first_stuck(seen)) {
    return say(since(seen, busy->for_ms), stuck_words(*busy));
  }
  if (seen.room.state == "closed") {
    return say(seen.room.since_ms,
               "the log has no room, and takes no transactions: " + seen.room.reason);
  }
  for (const auto& trouble : pool_troubles(seen)) {
    if (trouble.stuck) return say(trouble.since_ms, trouble.words);
  }
  if (auto words = unserved(seen); !words.empty()) {
    return say(unserved_since(seen), std::move(words));
  }
  if (seen.engine.state == "silent" && since(seen, seen.engine.since_ms) >= engine_silent_ms) {
    return say(seen.engine.since_ms, "the engine does not answer" + because(seen.engine.reason));
  }
  if (seen.l1.state == "differs") {
    return say(seen.l1.since_ms, "the contracts and the log differ" + because(seen.l1.reason));
  }
  if (seen.l1.state == "doubtful" ||
      (l1_away(seen.l1) && since(seen, seen.l1.since_ms) >= l1_silent_ms)) {
    return say(seen.l1.since_ms, "L1 is " + seen.l1.state + because(seen.l1.reason));
  }
  return std::nullopt;
}

Pace verification_pace(const Situation& seen) {
  Pace out;
  if (seen.verified_a_second == 0) return out;
  out.rate = seen.verified_a_second;
  out.left_s = (seen.to_verify - std::min(seen.verified, seen.to_verify)) / seen.verified_a_second;
  return out;
}

std::string verification_words(const Situation& seen) {
  return progress_words("verifying the log behind the start: record", seen.verified, seen.to_verify,
                        verification_pace(seen));
}

Health verifying(const Situation& seen) {
  const auto pace = verification_pace(seen);
  Health out;
  out.state = "verifying";
  out.done = seen.verified;
  out.total = seen.to_verify;
  out.rate = static_cast<double>(pace.rate);
  out.left_s = pace.left_s;
  out.words = verification_words(seen);
  return out;
}

Health backfilling(const Situation& seen) {
  Health out;
  out.state = "backfilling";
  out.since_ms = seen.l1.since_ms;
  out.words = l1_words(seen);
  if (seen.l1.state != "backfilling" || !seen.l1.next || !seen.l1.head) return out;
  out.done = *seen.l1.next;
  out.total = *seen.l1.head;
  pace(out, seen.l1.first.value_or(out.done), since(seen, seen.l1.since_ms),
       "back-filling L1: block");
  return out;
}

Health producing(const Situation& seen) {
  Health out;
  out.state = "producing";
  out.since_ms = seen.production.since_ms;
  const auto& now = seen.committed;
  out.words = now.head == 0 ? "producing the first block"
                            : fmt::format("producing: block {} is sealed, {} ago", now.head,
                                          duration_words(since(seen, now.head_time * 1000)));
  if (now.waiting > 0) {
    out.words += ", " + waiting_words(now.waiting);
  }
  return out;
}

bool produces(const Situation& seen) {
  const auto& production = seen.production;
  if (production.state == "producing") return true;
  return production.state == "waiting" && production.blocks > 0 &&
         since(seen, production.since_ms) < due_ms;
}

bool is_verifying(const Situation& seen) { return seen.verified < seen.to_verify; }

Health catching_up(const Situation& seen) {
  Health out;
  out.state = "executing";
  out.since_ms = seen.catch_up.began_ms;
  out.done = seen.catch_up.at;
  out.total = seen.catch_up.to;
  pace(out, seen.catch_up.from, since(seen, seen.catch_up.began_ms),
       "the engine has lost blocks and executes the logged ones: block");
  return out;
}

Health going(const Situation& seen) {
  const auto& production = seen.production;
  if (seen.catch_up.to != 0) return catching_up(seen);
  if (auto found = stuck(seen)) return *found;
  if (is_behind(seen)) {
    Health out;
    out.state = "behind";
    out.words = behind_words(seen.consensus);
    return out;
  }
  if (seen.start.sequencing && produces(seen)) return producing(seen);
  if (!l1_at_head(seen)) return backfilling(seen);
  Health out;
  const bool follows = production.state == "following";
  if (seen.start.sequencing && !follows && production.state != "idle") {
    out.state = "waiting";
    out.since_ms = production.since_ms;
    out.words = production.reason.empty() ? std::string("the first look for a block is due")
                                          : "not producing because " + production.reason;
    return out;
  }
  if (is_verifying(seen)) return verifying(seen);
  if (seen.start.sequencing && !follows) {
    out.state = "idle";
    out.since_ms = production.since_ms;
    out.words = "ready, nothing to do" + because(production.reason);
    return out;
  }
  out.state = "synced";
  out.since_ms = seen.l1.since_ms;
  out.words = fmt::format("synced: the log tells of L1 up to block {}", *seen.l1.confirmed);
  if (follows) {
    out.words += fmt::format(", the engine has block {}; {}", seen.engine_head, production.reason);
  }
  return out;
}

// Of the pool, but for what the words say already.
void add_pool(Health& out, const Situation& seen) {
  for (const auto& trouble : pool_troubles(seen)) {
    if (out.words.find(trouble.words) == out.words.npos) out.besides.push_back(trouble.words);
  }
  for (auto& note : pool_notes(seen.consensus)) out.besides.push_back(std::move(note));
}

void add_besides(Health& out, const Situation& seen) {
  if (is_verifying(seen) && out.state != "verifying")
    out.besides.push_back(verification_words(seen));
  const bool said = out.state == "backfilling" || out.words.find("L1 is ") != out.words.npos;
  if (!l1_at_head(seen) && !said) out.besides.push_back(l1_words(seen));
  for (const auto& busy : seen.busy) {
    if (busy.actor == "L1 listener" && busy.for_ms >= l1_slow_ms && !is_stuck(busy)) {
      out.besides.push_back("L1 has not answered for " + duration_words(busy.for_ms));
    }
  }
  const auto& engine = seen.engine;
  if (engine.peers.value_or(0) > 0) {
    out.besides.push_back(
        fmt::format("the engine has peers ({}), and should have none: --maxpeers=0 --nodiscover",
                    *engine.peers));
  }
  if (!engine.pool_closed.value_or(true)) {
    out.besides.push_back(fmt::format(
        "the engine takes transactions that are sent to it directly, and no block will have them: "
        "--txpool.pricelimit={}",
        geth_price_limit));
  }
  if (seen.room.state == "scarce") out.besides.push_back("room is scarce: " + seen.room.reason);
  if (seen.sending.state == "stalled" || seen.sending.state == "unreachable") {
    out.besides.push_back("submissions to L1 are " + seen.sending.state +
                          because(seen.sending.reason));
  }
  add_pool(out, seen);
}

}  // namespace

Health health_of(const Situation& seen) {
  if (seen.stopping) {
    Health out;
    out.state = "stopping";
    out.words = "stopping";
    return out;
  }
  if (seen.start.state != "done") {
    auto out = starting(seen);
    add_pool(out, seen);
    return out;
  }
  auto out = going(seen);
  add_besides(out, seen);
  return out;
}

boost::json::object to_json(const Health& health) {
  boost::json::object out{{"state", health.state}, {"words", health.words}};
  out["sinceMs"] = nullptr;
  if (health.since_ms != 0) out["sinceMs"] = health.since_ms;
  if (health.total != 0) {
    boost::json::object progress{{"done", health.done},
                                 {"total", health.total},
                                 {"perSecond", std::llround(health.rate)},
                                 {"secondsLeft", nullptr}};
    if (health.left_s) progress["secondsLeft"] = *health.left_s;
    out["progress"] = std::move(progress);
  }
  out["besides"] = boost::json::array(health.besides.begin(), health.besides.end());
  return out;
}

}  // namespace horae
