#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/pace.hpp"

namespace horae {

/// One line on stderr that is written over each time it changes, and wiped at the end. Nothing is
/// written where stderr is no terminal.
class StatusLine {
 public:
  StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  ~StatusLine();
  /// Whether stderr is a terminal.
  [[nodiscard]] bool is_seen() const { return terminal_; }
  void show(const std::string& words);

 private:
  bool terminal_;
  std::string shown_;
};

/// Shows on stderr how far a long piece of work is, at most five times a second.
class Progress {
 public:
  /// automatic: a StatusLine. json: an object a line, terminal or not. none: nothing.
  enum class Style { automatic, json, none };
  /// The style of every Progress of this process that is made from now on.
  static void show_as(Style style);

  struct Work {
    std::string what;         // "replaying the log"
    std::string unit;         // "record"
    std::uint64_t from = 0;   // where it begins
    std::uint64_t total = 0;  // where it ends; 0: not known
  };
  using Steady = std::chrono::steady_clock;
  using Clock = Steady::time_point (*)();
  /// clock: a test's own, so that it need not wait.
  explicit Progress(Work work, Clock clock = Steady::now);

  /// What is known of the total by now.
  void expect(std::uint64_t total) { work_.total = total; }
  /// The work is at `done` now.
  void at(std::uint64_t done);

 private:
  Work work_;
  Clock clock_;
  Style style_;
  StatusLine line_;
  Steady::time_point start_, shown_at_;
};

}  // namespace horae
