#pragma once

#include "storage/environment.hpp"

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

}  // namespace horae
