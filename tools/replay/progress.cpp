#include "tools/replay/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "tools/replay/interrupt.hpp"

namespace horae::replay {
namespace {

Progress::Style style = Progress::Style::automatic;

bool is_shown() {
  if (style != Progress::Style::automatic) return style == Progress::Style::json;
  return ::isatty(STDERR_FILENO) == 1;
}

}  // namespace

void Progress::show_as(Style chosen) { style = chosen; }

Progress::Progress(std::atomic<std::uint64_t>* at, std::string what, std::uint64_t total)
    : at_(at), what_(std::move(what)), total_(total), shown_(is_shown()) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::step() {
  stop_if_interrupted();
  if (shown_) draw();
}

void Progress::draw() {
  using std::chrono::duration;
  const auto now = Clock::now();
  if (now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  const double seconds = duration<double>(now - start_).count();
  const double rate = static_cast<double>(count_) / seconds;
  const auto left = total_ > count_ ? static_cast<double>(total_ - count_) / rate : 0.0;
  const auto done = total_ == 0 ? count_ : std::min(count_, total_);
  if (style == Style::json) {
    fmt::print(stderr,
               "{{\"progress\":\"{}\",\"done\":{},\"total\":{},\"perSecond\":{:.0f},"
               "\"secondsLeft\":{}}}\n",
               what_, done, total_ == 0 ? "null" : std::to_string(total_), rate,
               total_ == 0 ? "null" : fmt::format("{:.0f}", left));
    return;
  }
  if (total_ == 0) {
    fmt::print(stderr, "\r\x1b[K{}: {} records, {:.0f} a second", what_, done, rate);
  } else {
    fmt::print(stderr, "\r\x1b[K{}: {} of {} records, {:.0f} a second, {:.0f} s left", what_, done,
               total_, rate, left);
  }
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace horae::replay
