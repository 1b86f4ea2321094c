#pragma once

#include <chrono>
#include <optional>

namespace horae {

/// SIGINT and SIGTERM as something to wait for. To be made before any thread is started, so that
/// none of them takes the signal. Children start with the signals unblocked again (node/dev/child).
class StopSignals {
 public:
  StopSignals();
  /// The signal, or nothing when the time is over.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds most);
};

}  // namespace horae
