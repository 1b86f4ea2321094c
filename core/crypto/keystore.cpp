#include "core/crypto/keystore.hpp"

#include <botan/pwdhash.h>
#include <botan/stream_cipher.h>
#include <openssl/rand.h>

#include <array>
#include <boost/json.hpp>

#include "core/crypto/secp256k1.hpp"
#include "core/hash.hpp"

namespace horae::keystore {
namespace {

namespace json = boost::json;

constexpr std::size_t derived_bytes = 32;
constexpr std::size_t iv_bytes = 16;
constexpr std::size_t salt_bytes = 32;
constexpr std::uint64_t most_memory = 1u << 30;
constexpr std::uint64_t most_rounds = 10'000'000;

using SecureBytes = Botan::secure_vector<std::uint8_t>;

std::string bare_hex(BytesView bytes) { return to_hex(bytes).substr(2); }

template <std::size_t N>
std::array<std::uint8_t, N> random_bytes() {
  std::array<std::uint8_t, N> out{};
  if (RAND_bytes(out.data(), N) != 1) stop("OpenSSL has no randomness");
  return out;
}

// A version 4 UUID (RFC 9562).
std::string random_id() {
  auto bytes = random_bytes<16>();
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  const auto hex = bare_hex(bytes);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

SecureBytes scrypt(const Password& password, BytesView salt, const ScryptCost& cost) {
  const auto hash =
      Botan::PasswordHashFamily::create_or_throw("Scrypt")->from_params(cost.n, cost.r, cost.p);
  SecureBytes out(derived_bytes);
  const auto text = password.expose();
  hash->derive_key(out.data(), out.size(), text.data(), text.size(), salt.data(), salt.size());
  return out;
}

SecureBytes pbkdf2(const Password& password, BytesView salt, std::uint64_t rounds) {
  const auto hash =
      Botan::PasswordHashFamily::create_or_throw("PBKDF2(SHA-256)")->from_params(rounds);
  SecureBytes out(derived_bytes);
  const auto text = password.expose();
  hash->derive_key(out.data(), out.size(), text.data(), text.size(), salt.data(), salt.size());
  return out;
}

// AES-128-CTR: encrypts what is plain and decrypts what is not.
SecureBytes aes_ctr(const SecureBytes& derived, BytesView iv, BytesView in) {
  const auto cipher = Botan::StreamCipher::create_or_throw("CTR-BE(AES-128)");
  cipher->set_key(derived.data(), 16);
  cipher->set_iv(iv.data(), iv.size());
  SecureBytes out(in.begin(), in.end());
  cipher->cipher1(out.data(), out.size());
  return out;
}

// Keccak-256 over the derived key's second half and the ciphertext.
Hash32 mac_of(const SecureBytes& derived, BytesView ciphertext) {
  SecureBytes all(derived.begin() + 16, derived.end());
  all.insert(all.end(), ciphertext.begin(), ciphertext.end());
  return keccak256({all.data(), all.size()});
}

// A file as it was read, field by field; a missing or wrong one is named.
class Fields {
 public:
  Fields(const json::object& object, std::string path) : object_(object), path_(std::move(path)) {}

  [[nodiscard]] Result<Fields> object(const char* name) const {
    const auto* found = object_.if_contains(name);
    if (found == nullptr || !found->is_object()) return wrong(name, "an object");
    return Fields(found->get_object(), path_ + name + ".");
  }
  [[nodiscard]] Result<std::string> text(const char* name) const {
    const auto* found = object_.if_contains(name);
    if (found == nullptr || !found->is_string()) return wrong(name, "a text");
    return std::string(found->get_string());
  }
  [[nodiscard]] Result<std::uint64_t> number(const char* name) const {
    const auto* found = object_.if_contains(name);
    if (found == nullptr || !found->is_int64() || found->get_int64() < 0) {
      return wrong(name, "a number");
    }
    return static_cast<std::uint64_t>(found->get_int64());
  }
  // With or without 0x.
  [[nodiscard]] Result<Bytes> hex(const char* name) const {
    auto written = text(name);
    if (!written) return tl::unexpected(written.error());
    auto bytes = from_hex(written->starts_with("0x") ? *written : "0x" + *written);
    if (!bytes) return wrong(name, "hex digits");
    return bytes;
  }
  [[nodiscard]] Result<void> is(const char* name, std::string_view wanted) const {
    auto found = text(name);
    if (!found) return tl::unexpected(found.error());
    if (*found != wanted) {
      return fail(path_ + name + ": wanted " + std::string(wanted) + ", got " + *found);
    }
    return {};
  }
  [[nodiscard]] tl::unexpected<Fault> wrong(const char* name, const char* wanted) const {
    return fail("no keystore: " + path_ + name + " is not " + wanted);
  }

 private:
  const json::object& object_;
  std::string path_;
};

Result<json::object> parse(std::string_view text) {
  if (text.size() > max_bytes) return fail("no keystore: longer than 64 KiB");
  boost::system::error_code error;
  auto parsed = json::parse({text.data(), text.size()}, error);
  if (error || !parsed.is_object()) return fail("no keystore: the file is not a JSON object");
  auto object = parsed.get_object();
  const auto version = Fields(object, "").number("version");
  if (!version) return tl::unexpected(version.error());
  if (*version != 3) {
    return fail("a keystore of version " + std::to_string(*version) + ": wanted 3");
  }
  return object;
}

Result<SecureBytes> derive(const Fields& crypto, const Password& password) {
  const auto kind = crypto.text("kdf");
  const auto params = crypto.object("kdfparams");
  if (!kind) return tl::unexpected(kind.error());
  if (!params) return tl::unexpected(params.error());
  const auto length = params->number("dklen");
  const auto salt = params->hex("salt");
  if (!length || *length != derived_bytes) return params->wrong("dklen", "32");
  if (!salt) return tl::unexpected(salt.error());
  if (*kind == "pbkdf2") {
    const auto rounds = params->number("c");
    if (auto prf = params->is("prf", "hmac-sha256"); !prf) return tl::unexpected(prf.error());
    if (!rounds || *rounds == 0 || *rounds > most_rounds) {
      return params->wrong("c", "from 1 to 10 million");
    }
    return pbkdf2(password, *salt, *rounds);
  }
  if (*kind != "scrypt") return fail("crypto.kdf: wanted scrypt or pbkdf2, got " + *kind);
  const auto n = params->number("n");
  const auto r = params->number("r");
  const auto p = params->number("p");
  if (!n || *n < 2 || (*n & (*n - 1)) != 0) return params->wrong("n", "a power of two");
  if (!r || *r == 0 || *r > most_memory / 128) return params->wrong("r", "in bounds");
  if (!p || *p == 0 || *p > 64) return params->wrong("p", "from 1 to 64");
  if (*n > most_memory / 128 / *r) return fail("a keystore that needs more than 1 GiB to open");
  return scrypt(password, *salt, {*n, *r, *p});
}

}  // namespace

std::string encrypt(const SecretKey& key, const Password& password, ScryptCost cost) {
  const auto salt = random_bytes<salt_bytes>();
  const auto iv = random_bytes<iv_bytes>();
  const auto derived = scrypt(password, salt, cost);
  const auto ciphertext = aes_ctr(derived, iv, key.expose());
  const BytesView shown(ciphertext.data(), ciphertext.size());
  const json::object out{
      {"version", 3},
      {"id", random_id()},
      {"address", bare_hex(address_of(public_key(key)).view())},
      {"crypto",
       {{"cipher", "aes-128-ctr"},
        {"cipherparams", {{"iv", bare_hex(iv)}}},
        {"ciphertext", bare_hex(shown)},
        {"kdf", "scrypt"},
        {"kdfparams",
         {{"dklen", derived_bytes},
          {"n", cost.n},
          {"r", cost.r},
          {"p", cost.p},
          {"salt", bare_hex(salt)}}},
        {"mac", bare_hex(mac_of(derived, shown).view())}}},
  };
  return json::serialize(out) + "\n";
}

tl::expected<SecretKey, OpenFault> decrypt(std::string_view text, const Password& password) {
  const auto file = parse(text);
  if (!file) return tl::unexpected(file.error());
  // Some writers begin the name with a capital.
  const Fields all(*file, "");
  const auto crypto = all.object(file->contains("Crypto") ? "Crypto" : "crypto");
  if (!crypto) return tl::unexpected(crypto.error());
  if (auto is = crypto->is("cipher", "aes-128-ctr"); !is) return tl::unexpected(is.error());
  const auto params = crypto->object("cipherparams");
  if (!params) return tl::unexpected(params.error());
  const auto iv = params->hex("iv");
  const auto ciphertext = crypto->hex("ciphertext");
  const auto mac = crypto->hex("mac");
  if (!iv || iv->size() != iv_bytes) return params->wrong("iv", "16 bytes");
  if (!ciphertext || ciphertext->size() != 32) return crypto->wrong("ciphertext", "32 bytes");
  if (!mac || mac->size() != 32) return crypto->wrong("mac", "32 bytes");
  const auto named = named_address(text);
  if (!named) return tl::unexpected(named.error());

  const auto derived = derive(*crypto, password);
  if (!derived) return tl::unexpected(derived.error());
  const auto plain = aes_ctr(*derived, *iv, *ciphertext);
  auto key = to_secret_key({plain.data(), plain.size()});
  if (!std::ranges::equal(mac_of(*derived, *ciphertext).bytes, *mac)) {
    if (key && *named && address_of(public_key(*key)) == **named) {
      return fail("the keystore is damaged: the password is right, and crypto.mac is not");
    }
    return tl::unexpected(
        OpenFault(Fault{"the password is wrong, or the keystore is damaged"}, true));
  }
  if (!key) return tl::unexpected(key.error());
  if (const auto address = address_of(public_key(*key)); *named && **named != address) {
    return fail("the keystore names " + to_hex(**named) + ", its key is of " + to_hex(address));
  }
  return std::move(*key);
}

Result<std::optional<Address>> named_address(std::string_view text) {
  const auto file = parse(text);
  if (!file) return tl::unexpected(file.error());
  if (!file->contains("address")) return std::nullopt;
  const Fields all(*file, "");
  const auto bytes = all.hex("address");
  if (!bytes) return tl::unexpected(bytes.error());
  auto address = Address::from(*bytes);
  if (!address) return all.wrong("address", "20 bytes");
  return *address;
}

}  // namespace horae::keystore
