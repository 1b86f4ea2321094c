#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace horae {

/// How fast a piece of work goes.
struct Pace {
  std::uint64_t rate = 0;               // a second
  std::optional<std::uint64_t> left_s;  // none where nothing was done yet
};
/// The pace of work that began at `from`, is at `done` of `total` now, and took `took_ms` so far.
[[nodiscard]] Pace pace_of(std::uint64_t from, std::uint64_t done, std::uint64_t total,
                           std::uint64_t took_ms);

/// "replaying the log: record 5,000 of 10,000, 500 a second, 10 s left": `what` and the numbers.
/// Without "of" where total is 0, which means that nobody knows it; without rate and time left
/// where nothing was done yet.
[[nodiscard]] std::string progress_words(const std::string& what, std::uint64_t done,
                                         std::uint64_t total, const Pace& pace);

}  // namespace horae
