#include "core/crypto/ed25519.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <utility>

namespace horae {
namespace {

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using Context = std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX_free>>;
using OwnedKey = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, Freeing<BIO_free_all>>;

// Never asks at a terminal for the password of an encrypted key.
int no_password(char*, int, int, void*) { return -1; }

}  // namespace

Ed25519Key Ed25519Key::make() {
  auto* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (key == nullptr) stop("OpenSSL cannot make an Ed25519 key");
  return Ed25519Key(key);
}

Result<Ed25519Key> Ed25519Key::from_pem(std::string_view pem) {
  const Memory in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  OwnedKey key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr) : nullptr);
  if (key == nullptr) return fail("not a private key in PEM");
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) return fail("no Ed25519 key");
  return Ed25519Key(key.release());
}

Ed25519Key::Ed25519Key(Ed25519Key&& other) noexcept : key_(std::exchange(other.key_, nullptr)) {}
Ed25519Key& Ed25519Key::operator=(Ed25519Key&& other) noexcept {
  std::swap(key_, other.key_);
  return *this;
}
Ed25519Key::~Ed25519Key() { EVP_PKEY_free(key_); }

Hash32 Ed25519Key::public_key() const {
  Hash32 out;
  auto size = out.bytes.size();
  if (EVP_PKEY_get_raw_public_key(key_, out.bytes.data(), &size) != 1 || size != 32) {
    stop("OpenSSL does not tell an Ed25519 key's public half");
  }
  return out;
}

Signature64 Ed25519Key::sign(BytesView message) const {
  const Context context(EVP_MD_CTX_new());
  Signature64 out;
  auto size = out.bytes.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_) != 1 ||
      EVP_DigestSign(context.get(), out.bytes.data(), &size, message.data(), message.size()) != 1 ||
      size != out.bytes.size()) {
    stop("OpenSSL cannot sign by Ed25519");
  }
  return out;
}

std::string Ed25519Key::pem() const {
  const Memory out(BIO_new(BIO_s_secmem()));
  char* text = nullptr;
  if (!out ||
      PEM_write_bio_PrivateKey(out.get(), key_, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    stop("OpenSSL cannot write an Ed25519 key");
  }
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

Secret<std::array<std::uint8_t, 32>> Ed25519Key::seed() const {
  std::array<std::uint8_t, 32> bytes{};
  auto size = bytes.size();
  if (EVP_PKEY_get_raw_private_key(key_, bytes.data(), &size) != 1 || size != bytes.size()) {
    stop("OpenSSL does not tell what an Ed25519 key is made from");
  }
  Secret<std::array<std::uint8_t, 32>> out(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return out;
}

bool ed25519_verifies(const Hash32& public_key, BytesView message, const Signature64& signature) {
  const OwnedKey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.bytes.data(),
                                                 public_key.size));
  const Context context(EVP_MD_CTX_new());
  return key != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.bytes.data(), signature.size, message.data(),
                          message.size()) == 1;
}

}  // namespace horae
