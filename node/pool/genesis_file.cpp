#include "node/pool/genesis_file.hpp"

#include <boost/json.hpp>

#include "core/files.hpp"
#include "events/json.hpp"
#include "events/pool/members.hpp"

namespace horae {
namespace {

namespace json = boost::json;

json::value shown(const Msg<schema::PoolGenesis>& genesis) {
  return to_json(genesis, capnp::Schema::from<schema::PoolGenesis>());
}

Result<Msg<schema::PoolGenesis>> parse_genesis(const std::string& text) {
  boost::system::error_code error;
  const auto file = json::parse(text, error);
  const auto* object = error ? nullptr : file.if_object();
  const auto* bytes = object == nullptr ? nullptr : object->if_contains("bytes");
  const auto* words = object == nullptr ? nullptr : object->if_contains("pool");
  if (bytes == nullptr || !bytes->is_string() || words == nullptr) {
    return fail("it is no genesis of a pool: `horae pool genesis` writes one");
  }
  const auto raw = from_hex(std::string(bytes->as_string()));
  if (!raw) return within("bytes", raw.error());
  std::vector<std::uint64_t> aligned((raw->size() + 7) / 8);
  if (!raw->empty()) std::memcpy(aligned.data(), raw->data(), raw->size());
  auto genesis = Msg<schema::PoolGenesis>::parse(
      BytesView(reinterpret_cast<const std::uint8_t*>(aligned.data()), raw->size()));
  if (!genesis) return within("bytes", genesis.error());
  if (shown(*genesis) != *words) {
    return fail(
        "what it says under \"pool\" is not what its bytes say: a genesis is made anew by "
        "`horae pool genesis`, and not edited");
  }
  if (auto why = why_no_pool(genesis->read()); !why.empty()) return fail(why);
  return genesis;
}

}  // namespace

std::string genesis_text(const Msg<schema::PoolGenesis>& genesis) {
  json::object out;
  out["pool"] = shown(genesis);
  out["bytes"] = to_hex(genesis.bytes());
  return json::serialize(out) + "\n";
}

Result<Msg<schema::PoolGenesis>> read_genesis(const std::filesystem::path& file) {
  const auto text = read_small_file(file);
  if (!text) return tl::unexpected(text.error());
  auto genesis = parse_genesis(*text);
  if (!genesis) return within(file.string(), genesis.error());
  return genesis;
}

}  // namespace horae
