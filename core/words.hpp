#pragma once

#include <cstdint>
#include <string>

// Numbers and times as people read them.
#include "core/u256.hpp"

namespace horae {

/// "20000", "0.5": METIS of wei, with as many decimals as there are.
[[nodiscard]] std::string metis_words(const U256& wei);

/// When, in UTC, of milliseconds since 1970: 2026-11-22 14:06:25 UTC
[[nodiscard]] std::string time_words(std::uint64_t ms);
/// How long: 7.5 s, 3 min, 2 h 10 min, 4 days
[[nodiscard]] std::string duration_words(std::uint64_t ms);
/// The same of whole seconds, for what is left: 3 s, 2 min.
[[nodiscard]] std::string left_words(std::uint64_t seconds);
/// 10,000,000
[[nodiscard]] std::string count_words(std::uint64_t count);

}  // namespace horae
