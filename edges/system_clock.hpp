#pragma once

#include <chrono>

#include "edges/ports.hpp"

namespace horae {

/// The machine's wall clock.
class SystemClock : public Clock {
 public:
  [[nodiscard]] std::uint64_t now_ms() const override {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                          std::chrono::system_clock::now().time_since_epoch())
                                          .count());
  }
};

}  // namespace horae
