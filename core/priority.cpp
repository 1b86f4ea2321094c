#include "core/priority.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace horae {

void lower_priority() { setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10); }

void take_idle_priority() {
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_IDLE, &none);
  // linux/ioprio.h: class idle, of this thread.
  constexpr int who_thread = 1;
  constexpr int idle = 3 << 13;
  ::syscall(SYS_ioprio_set, who_thread, 0, idle);
}

}  // namespace horae
