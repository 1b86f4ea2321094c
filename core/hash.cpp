#include "core/hash.hpp"

#include <botan/keccak.h>
#include <openssl/evp.h>

#include <memory>

namespace horae {
namespace {

struct Sha256 {
  // Fetched once a thread: an implicit fetch doubles the cost of a short hash.
  EVP_MD* kind = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~Sha256() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(kind);
  }
};

}  // namespace

Hash32 sha256(std::initializer_list<BytesView> parts) {
  static thread_local Sha256 state;
  Hash32 out;
  bool ok = EVP_DigestInit_ex2(state.context, state.kind, nullptr) == 1;
  for (const auto part : parts) {
    ok = ok && EVP_DigestUpdate(state.context, part.data(), part.size()) == 1;
  }
  ok = ok && EVP_DigestFinal_ex(state.context, out.bytes.data(), nullptr) == 1;
  if (!ok) stop("OpenSSL refused to compute SHA-256");
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
