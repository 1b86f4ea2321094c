#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/crypto/secret.hpp"

extern "C" {
struct evp_pkey_st;  // OpenSSL's EVP_PKEY
}

namespace horae {

/// An Ed25519 signature (RFC 8032).
using Signature64 = FixedBytes<64, struct Signature64Tag>;

/// An Ed25519 private key. What it is made of never leaves OpenSSL but by pem() and seed().
class Ed25519Key {
 public:
  [[nodiscard]] static Ed25519Key make();
  /// Refuses what is no unencrypted Ed25519 private key in PEM (PKCS #8).
  [[nodiscard]] static Result<Ed25519Key> from_pem(std::string_view pem);

  Ed25519Key(Ed25519Key&&) noexcept;
  Ed25519Key& operator=(Ed25519Key&&) noexcept;
  ~Ed25519Key();

  [[nodiscard]] Hash32 public_key() const;
  [[nodiscard]] Signature64 sign(BytesView message) const;
  /// PKCS #8, for the key's own file alone.
  [[nodiscard]] std::string pem() const;
  /// The 32 bytes that it is made from (RFC 8032), for the key's own file alone.
  [[nodiscard]] Secret<std::array<std::uint8_t, 32>> seed() const;

 private:
  explicit Ed25519Key(evp_pkey_st* key) : key_(key) {}
  evp_pkey_st* key_;
};

[[nodiscard]] bool ed25519_verifies(const Hash32& public_key, BytesView message,
                                    const Signature64& signature);

}  // namespace horae
