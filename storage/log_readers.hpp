#pragma once

#include <cstdint>
#include <vector>

#include "core/result.hpp"
#include "storage/environment.hpp"

namespace horae {

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
