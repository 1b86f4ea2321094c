#pragma once

#include <cstdint>
#include <optional>

namespace horae {

/// What the system says of a process.
struct ProcessFigures {
  double started_s = 0;  // since 1970
  double cpu_s = 0;
  std::uint64_t resident_bytes = 0, virtual_bytes = 0;
  std::uint64_t open_files = 0, open_files_most = 0;
  std::uint64_t threads = 0;
};
[[nodiscard]] ProcessFigures this_process();

/// When a process began, in the system's ticks since it booted: together with the pid that names
/// one process for good. Nothing where there is no such process.
[[nodiscard]] std::optional<std::uint64_t> process_began(int pid);

}  // namespace horae
