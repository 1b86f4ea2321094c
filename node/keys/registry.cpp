#include "node/keys/registry.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "core/crypto/secp256k1.hpp"
#include "core/eth/address.hpp"

namespace horae::registry {
namespace {

namespace json = boost::json;

constexpr std::size_t name_most = 24;
constexpr std::size_t desc_most = 200;
constexpr std::string_view avatar_base = "{BASEDIR}/assets/";

// Characters, not bytes: what does not continue a UTF-8 sequence.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string text_of(const json::object& object, const char* name) {
  const auto* found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

bool lower_hex(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'F'; });
}

void check_entry(const json::object& object, std::vector<std::string>& out) {
  Entry entry;
  entry.name = text_of(object, "name");
  entry.avatar = text_of(object, "avatar");
  entry.desc = text_of(object, "desc");
  entry.url = text_of(object, "url");
  const auto owner = text_of(object, "address");
  if (const auto read = fixed_from_hex<Address>(owner)) entry.owner = *read;
  const auto pubkey = fixed_from_hex<PublicKey>(text_of(object, "pubkey"));
  if (pubkey) entry.pubkey = *pubkey;
  out = faults(entry);
  if (const auto read = read_address(owner); !read && !entry.owner.is_zero()) {
    out.push_back("address: " + read.error().what);
  }
  if (!lower_hex(text_of(object, "pubkey"))) out.emplace_back("pubkey has upper-case digits");
  const auto signer = read_address(text_of(object, "seq_addr"));
  if (!signer) {
    out.push_back("seq_addr: " + signer.error().what);
  } else if (pubkey && *signer != address_of(*pubkey)) {
    out.push_back("seq_addr is not the address of pubkey: wanted " + to_hex(address_of(*pubkey)));
  }
}

}  // namespace

std::vector<std::string> faults(const Entry& entry) {
  std::vector<std::string> out;
  if (entry.name.empty()) out.emplace_back("name is missing");
  if (characters(entry.name) > name_most) out.emplace_back("name is longer than 24 characters");
  if (characters(entry.desc) > desc_most) out.emplace_back("desc is longer than 200 characters");
  if (!entry.avatar.starts_with(avatar_base) ||
      !(entry.avatar.ends_with(".png") || entry.avatar.ends_with(".svg"))) {
    out.emplace_back("avatar is not {BASEDIR}/assets/<file>.png or .svg");
  }
  if (entry.owner.is_zero()) out.emplace_back("address, the owner's, is missing or none");
  if (entry.pubkey.is_zero()) {
    out.emplace_back("pubkey is not 0x and 128 lower-case hex digits (without 04)");
  }
  if (!entry.url.starts_with("https://") || entry.url.size() < 10) {
    out.emplace_back("url does not begin with https://");
  }
  return out;
}

std::string to_json(const Entry& entry) {
  const auto line = [](const char* name, const std::string& value, bool last = false) {
    return "  " + json::serialize(json::string(name)) + ": " +
           json::serialize(json::string(value)) + (last ? "\n" : ",\n");
  };
  return "{\n" + line("name", entry.name) + line("avatar", entry.avatar) +
         line("desc", entry.desc) + line("address", to_hex(entry.owner)) +
         line("seq_addr", to_hex(address_of(entry.pubkey))) + line("pubkey", to_hex(entry.pubkey)) +
         line("url", entry.url, true) + "}\n";
}

std::vector<std::string> faults_of_file(std::string_view text) {
  boost::system::error_code error;
  const auto file = json::parse({text.data(), text.size()}, error);
  if (error || !file.is_array()) return {"the file is no JSON array"};
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < file.get_array().size(); ++i) {
    const auto where = "entry " + std::to_string(i) + ": ";
    const auto* object = file.get_array()[i].if_object();
    if (object == nullptr) {
      out.push_back(where + "no object");
      continue;
    }
    std::vector<std::string> of_entry;
    check_entry(*object, of_entry);
    for (const auto* name : {"name", "address", "seq_addr"}) {
      const auto value = text_of(*object, name);
      if (!value.empty() && !seen.insert(std::string(name) + value).second) {
        of_entry.push_back(std::string(name) + " stands there twice: " + value);
      }
    }
    for (const auto& one : of_entry) out.push_back(where + one);
  }
  return out;
}

}  // namespace horae::registry
