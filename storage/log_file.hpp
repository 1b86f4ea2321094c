#pragma once

#include <cstdint>
#include <filesystem>

#include "storage/environment.hpp"

namespace horae {

/// How a log lies in its file.
struct LogFile {
  std::uint64_t bytes = 0;  // of the file that are used
  std::uint64_t page_bytes = 0, depth = 0;
  std::uint64_t branch_pages = 0, leaf_pages = 0, overflow_pages = 0;
};
[[nodiscard]] Result<LogFile> log_file(Environment& environment);

/// Copies an environment as its newest commit has it, beside a running writer, into `directory`,
/// which must exist and hold no data.mdb; synced when this returns. The writer goes on meanwhile,
/// and its file grows as if a reader lasted as long as the copying.
[[nodiscard]] Result<void> copy_environment(Environment& environment,
                                            const std::filesystem::path& directory);

}  // namespace horae
