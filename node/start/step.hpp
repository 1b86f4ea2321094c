#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "edges/progress.hpp"
#include "telemetry/board.hpp"

namespace horae {

/// A step of the start that takes long. How far it is stands on the board, where there is one, and
/// in one line on stderr, where that is a terminal.
class Step {
 public:
  /// state: the one of Board::Start that the step is.
  Step(const std::string& state, const Progress::Work& work, Board* board);
  /// The step is at `done` now. False, now and then, where a signal asks to give up
  /// (node/start/signals.hpp).
  bool at(std::uint64_t done);

 private:
  using Steady = std::chrono::steady_clock;
  Progress progress_;
  Board* board_;
  Steady::time_point told_at_ = Steady::now();
};

}  // namespace horae
