#include "core/hash.hpp"

#include <botan/hash.h>
#include <botan/keccak.h>
#include <botan/mac.h>

namespace horae {

Hash32 sha256(std::initializer_list<BytesView> parts) {
  // Botan's, since OpenSSL 3's own bookkeeping costs as much as hashing a hundred bytes.
  static thread_local const auto state = Botan::HashFunction::create_or_throw("SHA-256");
  Hash32 out;
  for (const auto part : parts) {
    if (!part.empty()) state->update(part.data(), part.size());
  }
  state->final(out.bytes.data());
  return out;
}

Hash32 hmac_sha256(BytesView key, BytesView message) {
  const auto state = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
  state->set_key(key.data(), key.size());
  state->update(message.data(), message.size());
  Hash32 out;
  state->final(out.bytes.data());
  return out;
}

Hash32 keccak256(BytesView bytes) {
  static thread_local Botan::Keccak_1600 keccak(256);
  Hash32 out;
  keccak.update(bytes.data(), bytes.size());
  keccak.final(out.bytes.data());
  return out;
}

}  // namespace horae
