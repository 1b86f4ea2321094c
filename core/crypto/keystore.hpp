#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/crypto/password.hpp"
#include "core/crypto/secret.hpp"

// Keys at rest: Web3 Secret Storage, version 3, as geth, cast and ethers write and read it
// (https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage).
namespace horae::keystore {

/// Longer texts are no keystore.
constexpr std::size_t max_bytes = std::size_t{64} * 1024;

/// What one guess costs: n iterations over n × r × 128 bytes of memory.
struct ScryptCost {
  std::uint64_t n = 1u << 18;  // geth's StandardScryptN: 256 MiB
  std::uint64_t r = 8;
  std::uint64_t p = 1;
};

/// The key under the password as JSON text: scrypt, AES-128-CTR, a random salt, IV and id.
[[nodiscard]] std::string encrypt(const SecretKey& key, const Password& password,
                                  ScryptCost cost = {});

/// Why a keystore does not open.
struct OpenFault : Fault {
  // NOLINTNEXTLINE(google-explicit-constructor): any fault is one
  OpenFault(Fault fault, bool password = false) : Fault(std::move(fault)), by_password(password) {}
  bool by_password;  // it is a keystore, and this password does not open it
};

/// Refuses what is no keystore of version 3 (says which field), a key derivation other than scrypt
/// and PBKDF2-HMAC-SHA-256 or one that needs more than 1 GiB or 10 million rounds, a wrong
/// password (its MAC differs), what is no secp256k1 key, and a key whose address is not the one
/// that the file names.
[[nodiscard]] tl::expected<SecretKey, OpenFault> decrypt(std::string_view json,
                                                         const Password& password);

/// The address that the file names, nothing where it names none: it is not vouched for by a
/// password. Refuses what is no keystore.
[[nodiscard]] Result<std::optional<Address>> named_address(std::string_view json);

}  // namespace horae::keystore
