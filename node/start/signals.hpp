#pragma once

#include <chrono>
#include <optional>

#include "core/result.hpp"

namespace horae {

/// SIGINT and SIGTERM as something to wait for. To be made before any thread is started, so that
/// none of them takes the signal. Children start with the signals unblocked again (node/dev/child).
class StopSignals {
 public:
  StopSignals();
  /// The signal, or nothing when the time is over.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds most);
};

/// Whether one of them has come and waits to be taken: for a start, which takes long on a long log
/// and gives up then.
[[nodiscard]] bool stop_asked();
/// What a part of the start ends with that gave up.
[[nodiscard]] Fault given_up();
[[nodiscard]] bool is_given_up(const Fault& fault);

}  // namespace horae
