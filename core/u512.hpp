#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include "core/u256.hpp"

// For what multiplies two 256-bit numbers before it divides or compares. Boost's header takes
// seconds to compile: for .cpp files alone.
namespace horae {

/// Unsigned; a product of two U256 always fits.
using U512 = boost::multiprecision::uint512_t;

[[nodiscard]] U512 to_u512(const U256& value);
/// The lowest 256 bits.
[[nodiscard]] U256 to_u256(const U512& value);

}  // namespace horae
