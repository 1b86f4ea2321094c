#pragma once

#include <string>

#include "core/bytes.hpp"

namespace horae {

/// An address as people read it: hex with the capitals of EIP-55, by which a mistyped digit shows.
[[nodiscard]] std::string checksummed(const Address& address);

}  // namespace horae
