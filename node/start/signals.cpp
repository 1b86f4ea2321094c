#include "node/start/signals.hpp"

#include <csignal>

#include "edges/stop_signals.hpp"

namespace horae {

StopSignals::StopSignals() {
  hold_stop_signals();
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<int> StopSignals::wait(std::chrono::milliseconds most) {
  return take_stop_signal(most);
}

Fault given_up() { return {"stopped by a signal before the start was done"}; }

bool is_given_up(const Fault& fault) { return fault.what == given_up().what; }

}  // namespace horae
