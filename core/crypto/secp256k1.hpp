#pragma once

#include "core/bytes.hpp"
#include "core/crypto/secret.hpp"

namespace horae {

/// Refuses what is not 32 bytes, zero, and the group's order and above.
[[nodiscard]] Result<SecretKey> to_secret_key(BytesView bytes);
/// A secp256k1 private key out of the system's randomness.
[[nodiscard]] SecretKey new_secret_key();

[[nodiscard]] PublicKey public_key(const SecretKey& key);
/// The key's 33 bytes: 2 or 3, as y is even or odd, and x (SEC 1, 2.3.3). Refuses what is no point
/// of the curve.
[[nodiscard]] Result<std::array<std::uint8_t, 33>> compressed(const PublicKey& key);
/// Whether these 64 bytes are a point of the curve.
[[nodiscard]] bool is_on_curve(const PublicKey& key);
/// Last 20 bytes of Keccak-256 of the key.
[[nodiscard]] Address address_of(const PublicKey& key);

/// Deterministic (RFC 6979, SHA-256), low s, v in {0, 1}.
[[nodiscard]] Signature sign(const Hash32& digest, const SecretKey& key);

/// The key that signed. Refuses r or s of zero or not below the group's order, v above 1, and what
/// no key can have signed. A high s is recovered: where it is not allowed, ask is_low_s.
[[nodiscard]] Result<PublicKey> recover(const Hash32& digest, const Signature& signature);

/// The key of compressed()'s 33 bytes. Refuses what is no such form of a point of the curve.
[[nodiscard]] Result<PublicKey> decompressed(BytesView bytes);

/// s at most half the group's order (EIP-2): the other half is the same signature once more.
[[nodiscard]] bool is_low_s(const Signature& signature);

}  // namespace horae
