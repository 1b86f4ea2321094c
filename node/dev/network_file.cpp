#include "node/dev/network_file.hpp"

#include <boost/json.hpp>
#include <exception>

#include "core/files.hpp"
#include "node/dev/accounts.hpp"
#include "node/dev/l2_engine.hpp"

namespace horae::dev {
namespace {

namespace json = boost::json;

// Throws what boost::json and tl::expected throw; read_network catches it.
template <class Fixed>
Fixed fixed_at(const json::object& object, std::string_view name) {
  return fixed_from_hex<Fixed>(object.at(name).as_string()).value();
}

std::uint64_t number_at(const json::object& object, std::string_view name) {
  return object.at(name).to_number<std::uint64_t>();
}

}  // namespace

Result<void> write_network(const std::filesystem::path& file, const Network& network) {
  const auto& c = network.contracts;
  const json::object out{
      {"l1", {{"chainId", l1_chain_id}, {"genesis", to_hex(network.l1_genesis)}}},
      {"l2",
       {{"chainId", l2_chain_id},
        {"genesisTime", network.l2_genesis_time},
        {"engine", name_of(network.engine)}}},
      {"contracts",
       {{"metis", to_hex(c.metis)},
        {"bridge", to_hex(c.bridge)},
        {"proxyAdmin", to_hex(c.proxy_admin)},
        {"lockingInfo", to_hex(c.locking_info)},
        {"lockingPool", to_hex(c.locking_pool)},
        {"deploymentBlock", c.deployment_block}}},
      {"sequencer", {{"id", c.sequencer_id}}},
      {"nodes", network.nodes},
  };
  return replace_file_durably(file, json::serialize(out) + "\n");
}

Result<std::optional<Network>> read_network(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return std::nullopt;
  const auto text = read_small_file(file);
  if (!text) return tl::unexpected(text.error());
  try {
    const auto whole = json::parse(*text);
    const auto& l1 = whole.as_object().at("l1").as_object();
    const auto& l2 = whole.as_object().at("l2").as_object();
    const auto& contracts = whole.as_object().at("contracts").as_object();
    if (number_at(l1, "chainId") != l1_chain_id || number_at(l2, "chainId") != l2_chain_id) {
      return fail(file.string() + " tells of other chains");
    }
    Network out;
    out.l1_genesis = fixed_at<Hash32>(l1, "genesis");
    out.l2_genesis_time = number_at(l2, "genesisTime");
    // Before there was a choice none was written down.
    if (const auto* engine = l2.if_contains("engine")) {
      const auto dialect = dialect_named(engine->as_string());
      if (!dialect) return fail(file.string() + " names an engine that is none");
      out.engine = *dialect;
    }
    if (whole.as_object().contains("nodes")) out.nodes = number_at(whole.as_object(), "nodes");
    out.contracts.metis = fixed_at<Address>(contracts, "metis");
    out.contracts.bridge = fixed_at<Address>(contracts, "bridge");
    out.contracts.proxy_admin = fixed_at<Address>(contracts, "proxyAdmin");
    out.contracts.locking_info = fixed_at<Address>(contracts, "lockingInfo");
    out.contracts.locking_pool = fixed_at<Address>(contracts, "lockingPool");
    out.contracts.deployment_block = number_at(contracts, "deploymentBlock");
    out.contracts.sequencer_id = number_at(whole.as_object().at("sequencer").as_object(), "id");
    return out;
  } catch (const std::exception& wrong) {
    return fail(file.string() + " cannot be read: " + wrong.what());
  }
}

}  // namespace horae::dev
