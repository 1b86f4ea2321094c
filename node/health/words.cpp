#include "node/health/words.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>

namespace horae {

std::string time_words(std::uint64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string duration_words(std::uint64_t ms) {
  const auto seconds = ms / 1000;
  if (seconds < 10) return fmt::format("{}.{} s", seconds, ms % 1000 / 100);
  if (seconds < 120) return fmt::format("{} s", seconds);
  const auto minutes = seconds / 60;
  if (minutes < 120) return fmt::format("{} min", minutes);
  const auto hours = minutes / 60;
  if (hours < 48) return fmt::format("{} h {} min", hours, minutes % 60);
  return fmt::format("{} days", hours / 24);
}

std::string left_words(std::uint64_t seconds) {
  return seconds < 120 ? fmt::format("{} s", seconds) : duration_words(seconds * 1000);
}

std::string count_words(std::uint64_t count) {
  auto out = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3; at > 0; at -= 3) {
    out.insert(static_cast<std::size_t>(at), ",");
  }
  return out;
}

Pace pace_of(std::uint64_t from, std::uint64_t done, std::uint64_t total, std::uint64_t took_ms) {
  Pace out;
  if (done <= from || took_ms == 0) return out;
  out.rate = static_cast<double>(done - from) * 1000 / static_cast<double>(took_ms);
  const auto left = total - std::min(done, total);
  out.left_s = static_cast<std::uint64_t>(static_cast<double>(left) / out.rate + 0.999);
  return out;
}

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
  if (l1.state == "starting") return "L1 has not been looked at yet";
  return fmt::format("L1 is {} since {}{}", l1.state, time_words(l1.since_ms), because(l1.reason));
}

}  // namespace horae
