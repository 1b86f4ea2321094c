#include "node/consensus/node_key.hpp"

#include <openssl/crypto.h>

#include <boost/json.hpp>

#include "core/base64.hpp"
#include "core/crypto/ed25519.hpp"
#include "core/files.hpp"
#include "core/hash.hpp"

namespace horae {
namespace {

constexpr std::string_view key_type = "tendermint/PrivKeyEd25519";

// CometBFT's form of an Ed25519 key: the seed and the public half.
constexpr std::size_t seed_size = 32;
constexpr std::size_t key_size = 64;

Result<void> make_node_key(const std::filesystem::path& file) {
  const auto key = Ed25519Key::make();
  const auto seed = key.seed();
  Bytes whole(seed.expose().begin(), seed.expose().end());
  append(whole, key.public_key().view());
  auto value = to_base64(whole);
  auto text =
      R"({"priv_key":{"type":")" + std::string(key_type) + R"(","value":")" + value + "\"}}\n";
  auto written = replace_file_durably(file, text);
  OPENSSL_cleanse(whole.data(), whole.size());
  OPENSSL_cleanse(value.data(), value.size());
  OPENSSL_cleanse(text.data(), text.size());
  return written;
}

Result<Hash32> public_half(std::string_view text) {
  boost::system::error_code wrong;
  const auto whole = boost::json::parse(text, wrong);
  const auto* type = wrong ? nullptr : whole.find_pointer("/priv_key/type", wrong);
  const auto* value = wrong ? nullptr : whole.find_pointer("/priv_key/value", wrong);
  if (type == nullptr || value == nullptr || !value->is_string() ||
      *type != boost::json::value(key_type)) {
    return fail("no node key of CometBFT's (an Ed25519 key in JSON)");
  }
  const auto bytes = from_base64(value->get_string());
  if (!bytes || bytes->size() != key_size) return fail("its key has not 64 bytes in base64");
  return Hash32::from(BytesView(*bytes).subspan(seed_size));
}

}  // namespace

std::string node_id(const Hash32& public_key) {
  return to_hex(sha256(public_key.view()).view().first(20)).substr(2);
}

Result<std::string> node_id_of(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    if (auto made = make_node_key(file); !made) return tl::unexpected(made.error());
  }
  auto text = read_private_file(file);
  if (!text) return tl::unexpected(text.error());
  const auto key = public_half(*text);
  OPENSSL_cleanse(text->data(), text->size());
  if (!key) {
    return within(
        file.string(),
        Fault{key.error().what + ": put the right one back, or take it "
                                 "away; then another is made, and the peers have to be told"});
  }
  return node_id(*key);
}

}  // namespace horae
