#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "edges/progress.hpp"

namespace horae::replay {

/// A long reading of the log. It shows people how far it is, tells the process that guards this one
/// (tools/replay/guard.hpp) at which record, and ends where somebody asked to stop.
class Reading {
 public:
  /// at: a number that outlives this process, or null. what: "verifying". total: records that will
  /// be read; 0 where nobody knows.
  Reading(std::atomic<std::uint64_t>* at, std::string what, std::uint64_t total);

  /// What is known of the total by now.
  void expect(std::uint64_t total) { progress_.expect(total); }

  /// seq is about to be looked at. Throws Interrupted where somebody asked to stop.
  void at(std::uint64_t seq) {
    if (at_ != nullptr) at_->store(seq, std::memory_order_relaxed);
    if ((++count_ & 0xff) == 0) look_up();
  }

 private:
  void look_up();

  std::atomic<std::uint64_t>* at_;
  Progress progress_;
  std::uint64_t count_ = 0;
};

}  // namespace horae::replay
