#pragma once

#include <cstdint>
#include <vector>

#include "storage/environment.hpp"

// What LMDB tells of an environment: of its file, and of who reads in it.
namespace horae {

/// What an environment's file and its table of readers are used for.
struct Usage {
  std::uint64_t free_bytes = 0;  ///< of the file, to be written again before it grows
  std::uint64_t readers = 0;     ///< slots taken, in all processes
  std::uint64_t readers_most = 0;
};

/// Takes a read transaction for a moment. Its cost grows with the entries of the list of free
/// pages, of which an append-only log has a few.
[[nodiscard]] Result<Usage> usage(Environment& environment);

/// How a log lies in its file.
struct LogFile {
  std::uint64_t bytes = 0;  // of the file that are used
  std::uint64_t page_bytes = 0, depth = 0;
  std::uint64_t branch_pages = 0, leaf_pages = 0, overflow_pages = 0;
};
[[nodiscard]] Result<LogFile> log_file(Environment& environment);

/// Somebody, in whatever process, who is inside a read transaction.
struct LogReading {
  std::uint32_t pid = 0;
  std::uint64_t thread = 0;
  std::uint64_t transaction = 0;  // the last committed one when it began
  std::uint64_t behind = 0;       // committed since
};

/// Who reads in an environment at this moment. Takes no lock and no place among them.
Result<std::vector<LogReading>> log_readers(const Environment& environment);

}  // namespace horae
