#include "node/pool/genesis_file.hpp"

#include "events/json.hpp"
#include "events/pool/members.hpp"
#include "node/pool/message_file.hpp"

namespace horae {
namespace {

constexpr const char* name = "pool";
constexpr const char* made_by = "horae pool genesis";

boost::json::value shown(const Msg<schema::PoolGenesis>& genesis) {
  return to_json(genesis, capnp::Schema::from<schema::PoolGenesis>());
}

}  // namespace

std::string genesis_text(const Msg<schema::PoolGenesis>& genesis) {
  return message_text(name, shown(genesis), genesis.bytes());
}

Result<Msg<schema::PoolGenesis>> read_genesis(const std::filesystem::path& file) {
  auto genesis = read_message<schema::PoolGenesis>(file, name, made_by, shown);
  if (!genesis) return genesis;
  if (auto why = why_no_genesis(genesis->read()); !why.empty()) {
    return fail(file.string() + ": " + why);
  }
  return genesis;
}

}  // namespace horae
