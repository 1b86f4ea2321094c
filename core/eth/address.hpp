#pragma once

#include "core/bytes.hpp"

namespace horae {

/// 0x and 40 hex digits, whose case is a checksum (EIP-55).
[[nodiscard]] std::string checksummed(const Address& address);

/// Reads 0x and 40 hex digits. Digits of both cases must be the checksum's, or one of them is
/// mistyped; letters of one case alone are taken as they are.
[[nodiscard]] Result<Address> read_address(std::string_view text);

}  // namespace horae
