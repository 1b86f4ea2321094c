#include "core/crypto/secp256k1.hpp"

#include <openssl/rand.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <unistd.h>

#include "core/hash.hpp"

namespace horae {
namespace {

/// Shared by all threads: after its making it is only read. The random blinding changes no result;
/// it keeps what signing does from following the key's bits.
const secp256k1_context* context() {
  static const secp256k1_context* const made = [] {
    auto* fresh = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
    std::array<std::uint8_t, 32> blind{};
    if (getentropy(blind.data(), blind.size()) != 0 ||
        secp256k1_context_randomize(fresh, blind.data()) != 1) {
      stop("secp256k1: no randomness to blind signing with");
    }
    OPENSSL_cleanse(blind.data(), blind.size());
    return fresh;
  }();
  return made;
}

PublicKey serialized(const secp256k1_pubkey& key) {
  std::array<std::uint8_t, 65> out{};
  std::size_t length = out.size();
  secp256k1_ec_pubkey_serialize(context(), out.data(), &length, &key, SECP256K1_EC_UNCOMPRESSED);
  PublicKey bare;
  std::copy(out.begin() + 1, out.end(), bare.bytes.begin());
  return bare;
}

}  // namespace

Result<SecretKey> to_secret_key(BytesView bytes) {
  if (bytes.size() != 32) return fail("a private key has 32 bytes");
  if (secp256k1_ec_seckey_verify(context(), bytes.data()) != 1) {
    return fail("a private key outside the group");
  }
  std::array<std::uint8_t, 32> value{};
  std::copy(bytes.begin(), bytes.end(), value.begin());
  Result<SecretKey> key(tl::in_place, value);
  OPENSSL_cleanse(value.data(), value.size());
  return key;
}

PublicKey public_key(const SecretKey& key) {
  secp256k1_pubkey point;
  if (secp256k1_ec_pubkey_create(context(), &point, key.expose().data()) != 1) {
    stop("a private key that was never checked");
  }
  return serialized(point);
}

Result<std::array<std::uint8_t, 33>> compressed(const PublicKey& key) {
  std::array<std::uint8_t, 65> whole{4};
  std::copy(key.bytes.begin(), key.bytes.end(), whole.begin() + 1);
  secp256k1_pubkey point;
  if (secp256k1_ec_pubkey_parse(context(), &point, whole.data(), whole.size()) != 1) {
    return fail(to_hex(key) + " is no public key: no point of the curve");
  }
  std::array<std::uint8_t, 33> out{};
  std::size_t length = out.size();
  secp256k1_ec_pubkey_serialize(context(), out.data(), &length, &point, SECP256K1_EC_COMPRESSED);
  return out;
}

bool is_on_curve(const PublicKey& key) { return compressed(key).has_value(); }

Address address_of(const PublicKey& key) {
  const auto hash = keccak256(key.view());
  Address out;
  std::copy(hash.bytes.begin() + 12, hash.bytes.end(), out.bytes.begin());
  return out;
}

Signature sign(const Hash32& digest, const SecretKey& key) {
  secp256k1_ecdsa_recoverable_signature raw;
  if (secp256k1_ecdsa_sign_recoverable(context(), &raw, digest.bytes.data(), key.expose().data(),
                                       secp256k1_nonce_function_rfc6979, nullptr) != 1) {
    stop("a private key that was never checked");
  }
  Signature out;
  int v = 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), out.bytes.data(), &v, &raw);
  // 2 and 3 would need an r above the order: nobody can find a nonce that gives one.
  if (v > 1) stop("a signature whose r exceeds the group's order");
  out.bytes[64] = static_cast<std::uint8_t>(v);
  return out;
}

Result<PublicKey> recover(const Hash32& digest, const Signature& signature) {
  if (signature.bytes[64] > 1) return fail("a signature's v is 0 or 1");
  secp256k1_ecdsa_recoverable_signature raw;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &raw, signature.bytes.data(),
                                                          signature.bytes[64]) != 1) {
    return fail("a signature outside the group");
  }
  secp256k1_pubkey point;
  if (secp256k1_ecdsa_recover(context(), &point, &raw, digest.bytes.data()) != 1) {
    return fail("a signature that no key can have made");
  }
  return serialized(point);
}

Result<PublicKey> decompressed(BytesView bytes) {
  secp256k1_pubkey point;
  if (bytes.size() != 33 ||
      secp256k1_ec_pubkey_parse(context(), &point, bytes.data(), bytes.size()) != 1) {
    return fail("no compressed secp256k1 public key");
  }
  return serialized(point);
}

bool is_low_s(const Signature& signature) {
  // Half the order, rounded down (EIP-2).
  static constexpr std::array<std::uint8_t, 32> half = {
      0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
      0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};
  return !std::lexicographical_compare(half.begin(), half.end(), signature.bytes.begin() + 32,
                                       signature.bytes.begin() + 64);
}

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
