#pragma once

#include <functional>
#include <thread>

namespace horae {

/// A thread that no signal is given to: they are the node's own affair (node/start/signals.hpp).
[[nodiscard]] std::thread quiet_thread(std::function<void()> work);

/// Lets this thread run, and read from the disk, only where nobody else wants to.
void take_idle_priority();

}  // namespace horae
