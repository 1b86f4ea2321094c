#include "tools/replay/interrupt.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "edges/stop_signals.hpp"

namespace horae::replay {

void stop_if_interrupted() {
  if (const auto signal = stop_asked()) throw Interrupted{*signal};
}

void end_by(int signal) {
  std::fflush(stdout);
  std::fflush(stderr);
  std::signal(signal, SIG_DFL);
  ::raise(signal);
  // Where it is held it waits only now.
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  std::abort();
}

}  // namespace horae::replay
