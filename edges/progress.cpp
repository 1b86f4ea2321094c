#include "edges/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace horae {
namespace {

// Often enough for people, and seldom enough to cost nothing.
constexpr auto between_lines = std::chrono::milliseconds(200);

Progress::Style chosen = Progress::Style::automatic;

std::string as_json(const std::string& what, std::uint64_t done, std::uint64_t total,
                    const Pace& pace) {
  std::string of = "null";
  std::string left = "null";
  if (total != 0) {
    of = std::to_string(total);
    left = std::to_string(*pace.left_s);
  }
  return fmt::format(
      "{{\"progress\":\"{}\",\"done\":{},\"total\":{},\"perSecond\":{},\"secondsLeft\":{}}}\n",
      what, done, of, pace.rate, left);
}

}  // namespace

StatusLine::StatusLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}

StatusLine::~StatusLine() {
  if (!shown_.empty()) fmt::print(stderr, "\r\x1b[K");
}

void StatusLine::show(const std::string& words) {
  if (!terminal_ || words == shown_) return;
  shown_ = words;
  fmt::print(stderr, "\r\x1b[K{}", words);
  std::fflush(stderr);
}

void Progress::show_as(Style style) { chosen = style; }

Progress::Progress(Work work, Clock clock)
    : work_(std::move(work)), clock_(clock), style_(chosen), start_(clock()), shown_at_(start_) {}

void Progress::at(std::uint64_t done) {
  if (style_ == Style::none || (style_ == Style::automatic && !line_.is_seen())) return;
  const auto now = clock_();
  if (now - shown_at_ < between_lines) return;
  shown_at_ = now;
  const auto total = work_.total;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - start_).count();
  const auto pace = pace_of(work_.from, done, total, static_cast<std::uint64_t>(took));
  const auto counted = total == 0 ? done : std::min(done, total);
  if (style_ == Style::automatic) {
    line_.show(progress_words(work_.what + ": " + work_.unit, counted, total, pace));
  } else if (pace.left_s) {
    fmt::print(stderr, "{}", as_json(work_.what, counted, total, pace));
  }
}

}  // namespace horae
