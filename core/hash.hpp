#pragma once

#include <initializer_list>

#include "core/bytes.hpp"

namespace horae {

/// SHA-256 (FIPS 180-4) over the parts, one after the other.
[[nodiscard]] Hash32 sha256(std::initializer_list<BytesView> parts);
[[nodiscard]] inline Hash32 sha256(BytesView bytes) { return sha256({bytes}); }
/// RFC 2104.
[[nodiscard]] Hash32 hmac_sha256(BytesView key, BytesView message);

/// Keccak-256 with Ethereum's original padding (not SHA3-256).
[[nodiscard]] Hash32 keccak256(BytesView bytes);

}  // namespace horae
