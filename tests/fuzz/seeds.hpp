#pragma once

#include <string>
#include <vector>

#include "core/bytes.hpp"

namespace horae::fuzz {

/// What the domains' own decisions make for a target to begin with, beside its corpus.
[[nodiscard]] std::vector<Bytes> seeds(const std::string& target);

}  // namespace horae::fuzz
