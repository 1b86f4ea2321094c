#include "edges/stop_signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <ctime>

#include "core/result.hpp"
#include "edges/quiet_thread.hpp"

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

WhenStopAsked::WhenStopAsked(std::function<void()> tell)
    : signals_(-1), end_(::eventfd(0, EFD_CLOEXEC)) {
  const auto set = stop_signals();
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  if (signals_ < 0 || end_ < 0) stop("no descriptor to wait for signals with");
  thread_ = quiet_thread("stop signals", [this, tell = std::move(tell)] {
    // Looked at and not read: whoever takes the signal is somebody else.
    std::array<pollfd, 2> both{{{signals_, POLLIN, 0}, {end_, POLLIN, 0}}};
    while (::poll(both.data(), both.size(), -1) < 0) {
    }
    if (both[0].revents != 0) tell();
  });
}

WhenStopAsked::~WhenStopAsked() {
  ::eventfd_write(end_, 1);
  thread_.join();
  ::close(signals_);
  ::close(end_);
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
