#include "core/pace.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/words.hpp"

namespace horae {

Pace pace_of(std::uint64_t from, std::uint64_t done, std::uint64_t total, std::uint64_t took_ms) {
  Pace out;
  if (done <= from || took_ms == 0) return out;
  out.rate = (done - from) * 1000 / took_ms;
  const auto left = total - std::min(done, total);
  const auto left_ms = left * took_ms / (done - from);
  out.left_s = (left_ms + 999) / 1000;
  return out;
}

std::string progress_words(const std::string& what, std::uint64_t done, std::uint64_t total,
                           const Pace& pace) {
  auto out = what + " " + count_words(done);
  if (total != 0) out += " of " + count_words(total);
  if (!pace.left_s) return out;
  out += fmt::format(", {} a second", count_words(pace.rate));
  if (total != 0) out += fmt::format(", {} left", left_words(*pace.left_s));
  return out;
}

}  // namespace horae
