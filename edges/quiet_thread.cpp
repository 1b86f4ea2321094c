#include "edges/quiet_thread.hpp"

#include <pthread.h>
#include <signal.h>

namespace horae {

std::thread quiet_thread(const char* name, std::function<void()> work) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  // What a thread does to itself is still its own.
  for (const int own : {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGABRT}) ::sigdelset(&all, own);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread out([name, work = std::move(work)] {
    ::pthread_setname_np(::pthread_self(), name);
    work();
  });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return out;
}

}  // namespace horae
