#pragma once

#include <functional>
#include <thread>

namespace horae {

/// A thread that no signal is given to, but for what it does to itself (SIGSEGV and its like): the
/// thread that waits for signals gets them all.
[[nodiscard]] std::thread quiet_thread(std::function<void()> work);

/// Lets this thread run, and read from the disk, only where nobody else wants to.
void take_idle_priority();

}  // namespace horae
