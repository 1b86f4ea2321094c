#include "node/start/signals.hpp"

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

StopSignals::StopSignals() {
  const auto set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A peer that goes away is an error of the call, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<int> StopSignals::wait(std::chrono::milliseconds most) {
  const auto set = stop_signals();
  timespec limit{};
  limit.tv_sec = most.count() / 1000;
  limit.tv_nsec = (most.count() % 1000) * 1'000'000;
  const int got = sigtimedwait(&set, nullptr, &limit);
  return got > 0 ? std::optional(got) : std::nullopt;
}

bool stop_asked() {
  sigset_t waiting;
  sigpending(&waiting);
  return sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1;
}

Fault given_up() { return {"stopped by a signal before the start was done"}; }

bool is_given_up(const Fault& fault) { return fault.what == given_up().what; }

}  // namespace horae
