#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "node/health/situation.hpp"

namespace horae {

/// 2026-11-22 14:06:25 UTC
[[nodiscard]] std::string time_words(std::uint64_t ms);
/// 7.5 s, 3 min, 2 h 10 min, 4 days
[[nodiscard]] std::string duration_words(std::uint64_t ms);
/// The same of whole seconds, for what is left: 3 s, 2 min.
[[nodiscard]] std::string left_words(std::uint64_t seconds);
/// 10,000,000
[[nodiscard]] std::string count_words(std::uint64_t count);

/// How far something is that takes its time.
struct Pace {
  double rate = 0;                      // a second
  std::optional<std::uint64_t> left_s;  // none where nothing was done yet
};
[[nodiscard]] Pace pace_of(std::uint64_t from, std::uint64_t done, std::uint64_t total,
                           std::uint64_t took_ms);

/// "1 transaction waits", "1,234 transactions wait"
[[nodiscard]] std::string waiting_words(std::uint64_t transactions);
/// ": reason", or nothing.
[[nodiscard]] std::string because(const std::string& reason);
[[nodiscard]] std::string stuck_words(const Situation::Busy& busy);
[[nodiscard]] std::string l1_words(const Situation& seen);

}  // namespace horae
