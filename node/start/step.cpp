#include "node/start/step.hpp"

#include "edges/stop_signals.hpp"

namespace horae {

Step::Step(const std::string& state, const Progress::Work& work, Board* board)
    : progress_(work), board_(board) {
  if (board_ == nullptr) return;
  board_->change<Board::Start>([&](Board::Start& seen) {
    seen.state = state;
    seen.what = work.what + ": " + work.unit;
    seen.from = seen.done = work.from;
    seen.total = work.total;
  });
}

bool Step::at(std::uint64_t done) {
  const auto now = Steady::now();
  // A look at the clock for each record is cheap, a lock and a system call are not.
  if (now - told_at_ < std::chrono::milliseconds(20)) return true;
  told_at_ = now;
  if (board_ != nullptr) {
    board_->change<Board::Start>([&](Board::Start& seen) { seen.done = done; });
  }
  progress_.at(done);
  return !stop_asked();
}

}  // namespace horae
