#include "edges/stop_signals.hpp"

#include <csignal>
#include <ctime>

namespace horae {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void hold_stop_signals() {
  const auto set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::optional<int> stop_asked() {
  sigset_t waiting;
  sigpending(&waiting);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (sigismember(&waiting, signal) == 1) return signal;
  }
  return std::nullopt;
}

std::optional<int> take_stop_signal(std::chrono::milliseconds most) {
  const auto set = stop_signals();
  timespec limit{};
  limit.tv_sec = most.count() / 1000;
  limit.tv_nsec = (most.count() % 1000) * 1'000'000;
  const int got = sigtimedwait(&set, nullptr, &limit);
  return got > 0 ? std::optional(got) : std::nullopt;
}

}  // namespace horae
