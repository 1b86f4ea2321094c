#include "edges/quiet_thread.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace horae {

std::thread quiet_thread(std::function<void()> work) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  // What a thread does to itself is still its own.
  for (const int own : {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGABRT}) ::sigdelset(&all, own);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread out(std::move(work));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return out;
}

void take_idle_priority() {
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_IDLE, &none);
  // linux/ioprio.h: class idle, of this thread.
  constexpr int who_thread = 1;
  constexpr int idle = 3 << 13;
  ::syscall(SYS_ioprio_set, who_thread, 0, idle);
}

}  // namespace horae
