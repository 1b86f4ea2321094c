#include "node/start/progress.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include "node/health/words.hpp"
#include "node/start/signals.hpp"

namespace horae {

Progress::Progress(Step step, Board* board)
    : step_(std::move(step)), board_(board), terminal_(::isatty(STDERR_FILENO) == 1) {
  if (board_ == nullptr) return;
  board_->change<Board::Start>([&](Board::Start& seen) {
    seen.state = step_.state;
    seen.what = step_.what;
    seen.from = seen.done = step_.from;
    seen.total = step_.total;
  });
}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
}

bool Progress::at(std::uint64_t done) {
  const auto now = Steady::now();
  if (now - asked_at_ >= std::chrono::milliseconds(20)) {
    asked_at_ = now;
    if (board_ != nullptr) {
      board_->change<Board::Start>([&](Board::Start& seen) { seen.done = done; });
    }
    if (stop_asked()) return false;
  }
  if (!terminal_ || now - drawn_at_ < std::chrono::milliseconds(200)) return true;
  drawn_at_ = now;
  drawn_ = true;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - start_).count();
  const auto pace = pace_of(step_.from, done, step_.total, static_cast<std::uint64_t>(took));
  fmt::print(stderr, "\r\x1b[K{} {} of {}", step_.what, count_words(done),
             count_words(step_.total));
  if (pace.left_s) {
    fmt::print(stderr, ", {} a second, {} left", count_words(static_cast<std::uint64_t>(pace.rate)),
               left_words(*pace.left_s));
  }
  std::fflush(stderr);
  return true;
}

}  // namespace horae
