#include "edges/jwt.hpp"

#include <fstream>

#include "core/base64.hpp"
#include "core/crypto/secret.hpp"
#include "core/hash.hpp"

namespace horae {
namespace {

using JwtSecret = Secret<std::array<std::uint8_t, 32>>;

// RFC 7515: base64url without padding.
std::string base64url(BytesView bytes) {
  auto out = to_base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  for (auto& c : out) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return out;
}

Result<JwtSecret> read_secret(const std::filesystem::path& file) {
  using std::filesystem::perms;
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (error || !std::filesystem::is_regular_file(status)) return fail("no such file");
  if ((status.permissions() & (perms::group_all | perms::others_all)) != perms::none) {
    return fail("others may read it: chmod 600");
  }
  std::ifstream in(file);
  std::string text;
  if (!std::getline(in, text)) return fail("it cannot be read, or is empty");
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.pop_back();
  if (!text.starts_with("0x")) text.insert(0, "0x");
  auto bytes = fixed_from_hex<Hash32>(text);
  OPENSSL_cleanse(text.data(), text.size());
  if (!bytes) return fail("it does not hold 32 bytes in hex");
  JwtSecret out(bytes->bytes);
  OPENSSL_cleanse(bytes->bytes.data(), bytes->bytes.size());
  return out;
}

}  // namespace

Result<std::string> jwt_token(const std::filesystem::path& secret_file, std::uint64_t now_s) {
  const auto secret = read_secret(secret_file);
  if (!secret) {
    return fail("the Engine API's secret in " + secret_file.string() + ": " + secret.error().what);
  }
  auto token = base64url(as_bytes(R"({"alg":"HS256","typ":"JWT"})")) + "." +
               base64url(as_bytes(R"({"iat":)" + std::to_string(now_s) + "}"));
  const auto mac = hmac_sha256(BytesView(secret->expose()), as_bytes(token));
  return token + "." + base64url(mac.view());
}

}  // namespace horae
