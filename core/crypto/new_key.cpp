#include "core/crypto/new_key.hpp"

#include <openssl/rand.h>

#include "core/crypto/secp256k1.hpp"

namespace horae {

SecretKey new_secret_key() {
  while (true) {
    std::array<std::uint8_t, 32> bytes{};
    if (RAND_priv_bytes(bytes.data(), bytes.size()) != 1) stop("OpenSSL has no randomness");
    auto key = to_secret_key(bytes);
    OPENSSL_cleanse(bytes.data(), bytes.size());
    if (key) return std::move(*key);  // all but 1 of 2^128 are
  }
}

}  // namespace horae
