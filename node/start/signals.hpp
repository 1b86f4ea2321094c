#pragma once

#include <chrono>
#include <optional>

#include "core/result.hpp"

namespace horae {

/// A node's dealings with signals, from the moment it is made: SIGINT and SIGTERM are waited for
/// (edges/stop_signals.hpp), and SIGPIPE is ignored, so that a peer that goes away is an error of
/// the call and not the end of the process. To be made before any thread is started. Children start
/// with the usual dealings again (node/child/child).
class StopSignals {
 public:
  StopSignals();
  /// The signal, or nothing when the time is over.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds most);
};

/// What a part of the start ends with that gave up because a signal asked for it.
[[nodiscard]] Fault given_up();
[[nodiscard]] bool is_given_up(const Fault& fault);

}  // namespace horae
