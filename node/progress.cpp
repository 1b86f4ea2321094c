#include "node/progress.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "node/signals.hpp"

namespace horae {

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
}

bool Progress::at(std::uint64_t done) {
  const auto now = Steady::now();
  if (now - asked_at_ >= std::chrono::milliseconds(20)) {
    asked_at_ = now;
    if (stop_asked()) return false;
  }
  if (!terminal_ || now - drawn_at_ < std::chrono::milliseconds(200)) return true;
  drawn_at_ = now;
  drawn_ = true;
  const double seconds = std::max(0.001, std::chrono::duration<double>(now - start_).count());
  const double rate = static_cast<double>(done) / seconds;
  const double left = rate > 0 ? static_cast<double>(total_ - std::min(done, total_)) / rate : 0;
  fmt::print(stderr, "\r\x1b[K{}: {} of {}, {:.0f}/s, {:.0f} s left", what_, done, total_, rate,
             left);
  std::fflush(stderr);
  return true;
}

}  // namespace horae
