#include "core/priority.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace horae {

void lower_priority() { setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10); }

}  // namespace horae
