#include "node/dev/description.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>

#include "core/eth/address.hpp"
#include "core/files.hpp"
#include "core/shell_word.hpp"
#include "node/dev/accounts.hpp"
#include "node/dev/l2_engine.hpp"
#include "storage/data_directory.hpp"

namespace horae::dev {
namespace {

std::filesystem::path file_in(const std::filesystem::path& datadir) { return datadir / "dev.json"; }

// A path that means the same wherever it is pasted.
std::string pasted(const std::filesystem::path& path) {
  return shell_word(std::filesystem::absolute(path).lexically_normal().string());
}

std::string role(std::size_t i) {
  if (i == governance) return "  governs the contracts";
  if (i == sequencer_owner) return "  owns the sequencer";
  if (i == sequencer_signer) return "  the sequencer's signer";
  if (i >= spare_signer_first && i <= spare_signer_last) return "  a spare signer of the node's";
  if (i == reward_mpc) return "  submits the reward batches";
  return "";
}

boost::json::object engine_json(const EngineAddress& engine) {
  boost::json::object out{{"dialect", name_of(engine.dialect)},
                          {"rpc", "http://" + engine.rpc.shown()}};
  if (engine.auth) {
    out["auth"] = "http://" + engine.auth->shown();
    out["jwtFile"] = engine.jwt_file.string();
  }
  return out;
}

boost::json::object to_json(const NodeDescription& node) {
  return {{"l2", {{"rpc", node.l2_rpc}}},
          {"ops", node.ops},
          {"datadir", std::filesystem::absolute(node.datadir).lexically_normal().string()},
          {"pid", node.pid},
          {"sequencer", {{"address", to_hex(node.sequencer)}}}};
}

}  // namespace

boost::json::object to_json(const Description& d) {
  boost::json::array nodes{
      to_json(NodeDescription{d.l2_rpc, d.ops, d.datadir, d.pid, d.sequencer})};
  for (const auto& member : d.members) nodes.push_back(to_json(member));
  boost::json::array everybody;
  for (const auto& account : accounts()) {
    everybody.push_back(
        {{"address", to_hex(account.address)}, {"privateKey", account.private_key}});
  }
  return {
      {"l1", {{"rpc", d.l1_rpc}, {"chainId", l1_chain_id}}},
      {"l2", {{"rpc", d.l2_rpc}, {"chainId", l2_chain_id}}},
      {"engine", engine_json(d.engine)},
      {"ops", d.ops},
      {"inspect", std::filesystem::absolute(DataPaths{d.datadir}.inspect_socket()).string()},
      {"contracts",
       {{"metis", to_hex(d.contracts.metis)},
        {"lockingPool", to_hex(d.contracts.locking_pool)},
        {"lockingInfo", to_hex(d.contracts.locking_info)},
        {"bridge", to_hex(d.contracts.bridge)}}},
      {"sequencer",
       {{"id", std::to_string(d.contracts.sequencer_id)},
        {"address", to_hex(d.sequencer)},
        {"pubkey", to_hex(d.sequencer_pubkey)}}},
      {"accounts", std::move(everybody)},
      {"pid", d.pid},
      {"nodes", std::move(nodes)},
  };
}

std::string banner(const Description& d) {
  std::string out = fmt::format(
      "Horae's dev network is ready{}. Ctrl-C ends it; the next start goes on from there.\n\n",
      d.without_node ? ", without its node" : "");
  const auto row = [&out](std::string_view name, std::string_view value) {
    out += fmt::format("  {:<13}{}\n", name, value);
  };
  row("L2",
      fmt::format("{}  (chain id {}, by {})", d.l2_rpc, l2_chain_id, name_of(d.engine.dialect)));
  row("L1", fmt::format("{}  (chain id {})", d.l1_rpc, l1_chain_id));
  row("ops", fmt::format("{}  (/livez /readyz /metrics; horae status)", d.ops));
  row("METIS", checksummed(d.contracts.metis));
  row("LockingPool", checksummed(d.contracts.locking_pool));
  row("LockingInfo", checksummed(d.contracts.locking_info));
  row("bridge", checksummed(d.contracts.bridge));
  row("log", std::filesystem::absolute(DataPaths{d.datadir}.log()).lexically_normal().string());
  row("docs", "README.md, docs/dev-network.md, docs/inspecting.md");
  if (!d.members.empty()) {
    out += fmt::format(
        "\nA pool of {} nodes, which take turns at making the L2 blocks, and all execute them. The "
        "others than {}:\n",
        d.members.size() + 1, checksummed(d.sequencer));
    for (const auto& member : d.members) {
      out += fmt::format("  {}  pid {}\n    L2 {}  ops {}\n    {}\n", checksummed(member.sequencer),
                         member.pid, member.l2_rpc, member.ops, pasted(member.datadir));
    }
  }
  const auto& everybody = accounts();
  out += "\nAccounts, funded on both chains:\n";
  for (std::size_t i = 0; i < everybody.size(); ++i) {
    if (i == funded_count) out += "On L1 alone:\n";
    out += fmt::format("  {:>2}  {}{}\n", i, checksummed(everybody[i].address), role(i));
  }
  out += "Their private keys, anvil's and known to everybody:\n";
  for (std::size_t i = 0; i < everybody.size(); ++i) {
    out += fmt::format("  {:>2}  {}\n", i, everybody[i].private_key);
  }
  const auto datadir = pasted(d.datadir);
  out +=
      "\nTo try in another terminal; the last is the live screen, which ? explains and q ends:\n";
  if (d.without_node) {
    out += fmt::format("  $ {} run --config {}\n", pasted(d.programs.horae),
                       pasted(d.datadir / "horae.toml"));
  }
  out += fmt::format("  $ {} send --rpc-url {} --private-key {} {} --value 1ether\n",
                     pasted(d.programs.cast), d.l2_rpc, everybody[1].private_key,
                     checksummed(everybody[2].address));
  if (!d.members.empty()) {
    out += fmt::format("  $ {} pool status --datadir {}\n", pasted(d.programs.horae), datadir);
  }
  out += fmt::format("  $ {} state --datadir {}\n", pasted(d.programs.replay), datadir);
  out += fmt::format("  $ {} --datadir {}\n", pasted(d.programs.inspect), datadir);
  return out;
}

Result<void> write_description(const Description& description) {
  return replace_file_durably(file_in(description.datadir),
                              boost::json::serialize(to_json(description)) + "\n");
}

void remove_description(const std::filesystem::path& datadir) {
  std::error_code ignored;
  std::filesystem::remove(file_in(datadir), ignored);
}

}  // namespace horae::dev
