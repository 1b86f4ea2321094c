#include "node/log_key.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

namespace horae {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

Result<Hash32> public_half(const Key& key) {
  Hash32 out;
  std::size_t size = out.bytes.size();
  if (EVP_PKEY_get_raw_public_key(key.get(), out.bytes.data(), &size) != 1 || size != 32) {
    return fail("no Ed25519 key");
  }
  return out;
}

}  // namespace

Result<Hash32> log_public_key(const std::filesystem::path& log_directory, bool make) {
  const auto path = log_directory / "key.pem";
  if (const File file(std::fopen(path.c_str(), "re"), &std::fclose); file != nullptr) {
    const Key key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    if (key == nullptr) return fail(path.string() + ": not a private key in PEM");
    auto half = public_half(key);
    if (!half) return within(path.string(), half.error());
    return half;
  }
  if (errno != ENOENT || !make) return fail(path.string() + ": " + std::strerror(errno));

  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free);
  if (key == nullptr) return fail("OpenSSL cannot make an Ed25519 key");
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return fail(path.string() + ": " + std::strerror(errno));
  const File file(::fdopen(descriptor, "w"), &std::fclose);
  if (PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      std::fflush(file.get()) != 0 || ::fsync(descriptor) != 0) {
    return fail(path.string() + ": cannot be written");
  }
  return public_half(key);
}

}  // namespace horae
