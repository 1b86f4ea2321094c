#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "telemetry/logger.hpp"

namespace horae::dev {

/// Takes a line for people about what is being done (info), or what is worse than it should be.
using Say = std::function<void(Level, const std::string&)>;

/// Writes down which processes this one has started, so that the next start can wait for them if
/// this one dies without stopping them.
[[nodiscard]] Result<void> record_children(const std::filesystem::path& file,
                                           const std::vector<pid_t>& pids);

/// Waits until the processes of a former life have ended; one that is not through in time is
/// killed. A pid that another process has got since is recognised by its start time.
[[nodiscard]] Result<void> await_former_children(const std::filesystem::path& file, const Say& say);

}  // namespace horae::dev
