#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

namespace horae {

/// SIGINT and SIGTERM tell a process to stop. These three let it ask for them where it can stop
/// well, instead of being ended in the midst of its work.

/// From now on the two signals wait until they are asked for. To be called before any thread is
/// started: a thread inherits this from the one that starts it, and one that does not hold them
/// would be ended by them.
void hold_stop_signals();

/// The signal that waits, if any. It goes on waiting.
[[nodiscard]] std::optional<int> stop_asked();

/// Calls `tell`, on a thread of its own, when one of the two comes while this object lives, or
/// waits already. The signal goes on waiting. tell must come back soon, and may be called on any
/// thread.
class WhenStopAsked {
 public:
  explicit WhenStopAsked(std::function<void()> tell);
  ~WhenStopAsked();
  WhenStopAsked(const WhenStopAsked&) = delete;
  WhenStopAsked& operator=(const WhenStopAsked&) = delete;

 private:
  int signals_;
  int end_;
  std::thread thread_;
};

/// Waits for one of the two, at most this long, and takes it.
[[nodiscard]] std::optional<int> take_stop_signal(std::chrono::milliseconds most);

}  // namespace horae
