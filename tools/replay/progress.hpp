#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace horae::replay {

/// Tells how far a long reading is: people at a terminal on stderr (rate and time left), and the
/// process that guards this one in a number that outlives it.
class Progress {
 public:
  enum class Style { automatic, json, none };
  /// How this process shows it; to be said before there is any.
  static void show_as(Style style);

  /// at may be null; total counts records, 0 where nobody knows how many there will be.
  Progress(std::atomic<std::uint64_t>* at, std::string what, std::uint64_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// What is known of the total by now.
  void expect(std::uint64_t total) { total_ = total; }

  /// seq is about to be looked at. Throws Interrupted where somebody asked to stop.
  void at(std::uint64_t seq) {
    if (at_ != nullptr) at_->store(seq, std::memory_order_relaxed);
    if ((++count_ & 0xff) == 0) step();
  }

 private:
  using Clock = std::chrono::steady_clock;
  void step();
  void draw();

  std::atomic<std::uint64_t>* at_;
  std::string what_;
  std::uint64_t total_;
  std::uint64_t count_ = 0;
  bool shown_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace horae::replay
