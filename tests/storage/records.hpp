#pragma once

#include <random>
#include <vector>

#include "storage/log.hpp"

namespace horae::test {

inline constexpr std::size_t header_bytes = 72;

/// What record seq holds in these tests: a length and bytes that follow from seq alone, some of
/// them longer than a page, so that any prefix can be checked.
inline Bytes value_of(std::uint64_t seq) {
  std::mt19937_64 random(seq);
  const std::size_t words = seq % 50 == 0 ? 1000 + random() % 2000 : random() % 80;
  Bytes out(header_bytes + 8 * words);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

/// Appends records first … first + count - 1.
inline Result<void> append(LogWriter& log, std::uint64_t first, std::size_t count) {
  std::vector<Bytes> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(value_of(first + i));
  std::vector<LogEntry> entries;
  for (const auto& value : values) {
    const BytesView all(value);
    entries.push_back({all.first(header_bytes), all.subspan(header_bytes)});
  }
  return log.append(first, entries);
}

}  // namespace horae::test
