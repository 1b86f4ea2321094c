#pragma once

#include <functional>
#include <thread>

namespace horae {

/// A thread that no signal is given to, but for what it does to itself (SIGSEGV and its like): the
/// thread that waits for signals gets them all. name: at most 15 characters, what the system and
/// last words call it.
[[nodiscard]] std::thread quiet_thread(const char* name, std::function<void()> work);

}  // namespace horae
