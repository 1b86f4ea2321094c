#pragma once

#include "core/crypto/secret.hpp"

namespace horae {

/// A secp256k1 private key out of the system's randomness.
[[nodiscard]] SecretKey new_secret_key();

}  // namespace horae
