#include "tools/replay/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace horae::replay {

Progress::Progress(std::atomic<std::uint64_t>* at, std::string what, std::uint64_t total)
    : at_(at), what_(std::move(what)), total_(total), shown_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::draw() {
  using std::chrono::duration;
  const auto now = Clock::now();
  if (now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  const double seconds = duration<double>(now - start_).count();
  const double rate = static_cast<double>(count_) / seconds;
  const auto left = total_ > count_ ? static_cast<double>(total_ - count_) / rate : 0.0;
  fmt::print(stderr, "\r\x1b[K{}: {} of {} records, {:.0f} a second, {:.0f} s left", what_,
             std::min(count_, total_), total_, rate, left);
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace horae::replay
