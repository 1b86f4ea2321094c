#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace horae {

/// One line on stderr, where that is a terminal, for what takes long: done of total, rate, time
/// left.
class Progress {
 public:
  Progress(std::string what, std::uint64_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Wipes the line.
  ~Progress();
  /// False, now and then, where a signal asks to give up (node/signals.hpp).
  bool at(std::uint64_t done);

 private:
  using Steady = std::chrono::steady_clock;
  std::string what_;
  std::uint64_t total_;
  bool terminal_;
  bool drawn_ = false;
  Steady::time_point start_ = Steady::now();
  Steady::time_point drawn_at_ = start_;
  Steady::time_point asked_at_ = start_;
};

}  // namespace horae
