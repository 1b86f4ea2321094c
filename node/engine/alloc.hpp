#pragma once

#include <map>

#include "core/bytes.hpp"
#include "core/u256.hpp"

namespace horae {

/// Reads what accounts have in block 0: a JSON object of addresses (0x…) and amounts, each a text
/// of decimal digits, in wei. Refuses anything else, naming the entry.
[[nodiscard]] Result<std::map<Address, U256>> read_alloc(std::string_view text);

}  // namespace horae
