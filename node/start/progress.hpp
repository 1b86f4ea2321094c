#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "telemetry/board.hpp"

namespace horae {

/// A step of the start that takes long, and where it begins and ends, in records or blocks.
struct Step {
  std::string state;  // Board::Start's
  std::string what;   // "replaying the log: record"
  std::uint64_t from = 0, total = 0;
};

/// Tells how far a step is: on the board, where there is one, and in one line on stderr, where that
/// is a terminal, with rate and time left.
class Progress {
 public:
  explicit Progress(Step step, Board* board = nullptr);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Wipes the line.
  ~Progress();
  /// False, now and then, where a signal asks to give up (node/start/signals.hpp).
  bool at(std::uint64_t done);

 private:
  using Steady = std::chrono::steady_clock;
  Step step_;
  Board* board_;
  bool terminal_;
  bool drawn_ = false;
  Steady::time_point start_ = Steady::now();
  Steady::time_point drawn_at_ = start_;
  Steady::time_point asked_at_ = start_;
};

}  // namespace horae
