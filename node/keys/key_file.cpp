#include "node/keys/key_file.hpp"

#include <unistd.h>

#include <cerrno>

#include "core/crypto/secp256k1.hpp"
#include "core/files.hpp"

namespace horae {
namespace {

// What was written must open again before anything relies on it.
Result<std::string> sealed(const SecretKey& key, const Password& password,
                           keystore::ScryptCost cost) {
  auto text = keystore::encrypt(key, password, cost);
  const auto again = keystore::decrypt(text, password);
  if (!again) return within("what was just encrypted", again.error());
  if (again->expose() != key.expose()) return fail("what was just encrypted is another key");
  return text;
}

}  // namespace

tl::expected<SecretKey, KeyFault> open_key_file(const std::filesystem::path& file,
                                                const Password& password) {
  const auto text = read_private_file(file);
  if (!text) return tl::unexpected(KeyFault(text.error(), ""));
  auto key = keystore::decrypt(*text, password);
  if (key) return std::move(*key);
  const auto copy = std::string(
      "put a copy of the keystore in its place (`horae keys "
      "verify-backup` tries one)");
  return tl::unexpected(KeyFault(
      {file.string() + ": " + key.error().what},
      key.error().by_password ? "give the password that it was made with, or " + copy : copy));
}

Result<void> make_key_file(const std::filesystem::path& file, const SecretKey& key,
                           const Password& password, keystore::ScryptCost cost) {
  if (std::filesystem::exists(file)) return fail(file.string() + " is there already");
  if (file.has_parent_path()) {
    if (auto made = make_private_directory(file.parent_path()); !made) return made;
  }
  const auto text = sealed(key, password, cost);
  if (!text) return tl::unexpected(text.error());
  return replace_file_durably(file, *text);
}

Result<void> change_password(const std::filesystem::path& file, const Password& old,
                             const Password& wanted, keystore::ScryptCost cost) {
  const auto key = open_key_file(file, old);
  if (!key) return tl::unexpected(key.error());
  const auto text = sealed(*key, wanted, cost);
  if (!text) return tl::unexpected(text.error());
  return replace_file_durably(file, *text);
}

Result<Ed25519Key> log_key(const std::filesystem::path& file, bool make) {
  if (::access(file.c_str(), F_OK) == 0) {
    const auto pem = read_small_file(file);
    if (!pem) return tl::unexpected(pem.error());
    auto key = Ed25519Key::from_pem(*pem);
    if (!key) return within(file.string(), key.error());
    return key;
  }
  if (errno != ENOENT || !make) return fail(file.string() + ": " + errno_words(errno));
  auto key = Ed25519Key::make();
  if (auto written = replace_file_durably(file, key.pem()); !written) {
    return tl::unexpected(written.error());
  }
  return key;
}

}  // namespace horae
