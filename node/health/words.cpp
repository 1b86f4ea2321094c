#include "node/health/words.hpp"

#include <fmt/core.h>

#include "core/words.hpp"

namespace horae {

std::string waiting_words(std::uint64_t transactions) {
  if (transactions == 1) return "1 transaction waits";
  return count_words(transactions) + " transactions wait";
}

std::string because(const std::string& reason) { return reason.empty() ? "" : ": " + reason; }

std::string stuck_words(const Situation::Busy& busy) {
  return fmt::format("the actor {} has had {} in hand for {}", busy.actor, busy.message,
                     duration_words(busy.for_ms));
}

std::string l1_words(const Situation& seen) {
  const auto& l1 = seen.l1;
  if (l1.state == "following") {
    return l1.confirmed ? fmt::format("following L1, at block {}", *l1.confirmed)
                        : "no block of L1 is confirmed yet" + because(l1.reason);
  }
  if (l1.state == "backfilling") {
    return fmt::format("back-filling L1: block {} of {}", l1.next.value_or(0), l1.head.value_or(0));
  }
  if (l1.state == "waiting for the pool") {
    return "the pool has not agreed yet on what this node saw of L1" + because(l1.reason);
  }
  if (l1.state == "starting") return "L1 has not been looked at yet";
  return fmt::format("L1 is {} since {}{}", l1.state, time_words(l1.since_ms), because(l1.reason));
}

}  // namespace horae
