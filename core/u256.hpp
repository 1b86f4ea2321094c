#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/bytes.hpp"

namespace horae {

/// An unsigned 256-bit integer that wraps as the EVM's does.
using U256 = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<
    256, 256, boost::multiprecision::unsigned_magnitude, boost::multiprecision::unchecked, void>>;

/// 32 bytes, big-endian.
[[nodiscard]] Hash32 to_word(const U256& value);
/// Big-endian bytes of any length up to 32.
[[nodiscard]] Result<U256> u256_from_bytes(BytesView bytes);
[[nodiscard]] U256 from_word(const Hash32& word);

[[nodiscard]] inline std::string to_decimal(const U256& value) { return value.str(); }
/// Decimal digits alone, at most 2^256 - 1.
[[nodiscard]] Result<U256> u256_from_decimal(std::string_view digits);

/// An Ethereum JSON-RPC quantity: 0x and hex digits without leading zeros.
[[nodiscard]] std::string to_quantity(const U256& value);
/// Reads a quantity; leading zeros are tolerated, more than 64 digits refused.
[[nodiscard]] Result<U256> u256_from_quantity(std::string_view text);
/// The same for what must fit 64 bits.
[[nodiscard]] Result<std::uint64_t> u64_from_quantity(std::string_view text);

[[nodiscard]] inline bool fits_u64(const U256& value) { return value <= U256(UINT64_MAX); }

}  // namespace horae
