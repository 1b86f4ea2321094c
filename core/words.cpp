#include "core/words.hpp"

#include <fmt/format.h>

#include <ctime>

namespace horae {

std::string metis_words(const U256& wei) {
  const U256 unit("1000000000000000000");
  auto rest = to_decimal(wei % unit);
  rest.insert(0, 18 - rest.size(), '0');
  while (rest.ends_with('0')) rest.pop_back();
  return to_decimal(wei / unit) + (rest.empty() ? "" : "." + rest);
}

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

}  // namespace horae
