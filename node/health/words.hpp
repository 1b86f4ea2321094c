#pragma once

#include <cstdint>
#include <string>

#include "node/health/situation.hpp"

namespace horae {

/// "1 transaction waits", "1,234 transactions wait"
[[nodiscard]] std::string waiting_words(std::uint64_t transactions);
/// ": reason", or nothing.
[[nodiscard]] std::string because(const std::string& reason);
[[nodiscard]] std::string stuck_words(const Situation::Busy& busy);
[[nodiscard]] std::string l1_words(const Situation& seen);

}  // namespace horae
