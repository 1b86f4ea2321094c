#include <fmt/core.h>

#include <boost/json/serialize.hpp>

#include "core/files.hpp"
#include "core/shell_word.hpp"
#include "node/cli/commands.hpp"
#include "node/config/flags.hpp"
#include "node/dev/accounts.hpp"
#include "node/dev/l2_engine.hpp"
#include "node/engine/alloc.hpp"
#include "node/engine/geth_command.hpp"
#include "node/logging/ending.hpp"
#include "node/logging/format.hpp"
#include "node/node.hpp"

namespace horae {
namespace {

Exit engine_refused(const Failure& failure) { return logging::ended("engine", failure); }

// The settings, of a node whose engine is started by hand.
Started<config::Config> settings_with_engine(const config::Given& given) {
  auto loaded = config::load(given);
  for (const auto& one : loaded.problems) {
    fmt::print(stderr, "{}: {}\n", logging::printable(one.where), logging::printable(one.what));
  }
  if (!loaded.problems.empty()) {
    return tl::unexpected(Failure{Trouble::settings, "the settings are not whole"});
  }
  if (loaded.config.engine_dialect == EngineDialect::anvil) {
    return tl::unexpected(
        Failure{Trouble::settings,
                "engine.dialect is anvil, which has no genesis file: this is told "
                "of geth and engine-api"});
  }
  return std::move(loaded.config);
}

Started<GenesisSpec> genesis_of(const config::Config& config, const std::string& alloc_file) {
  const bool dev = config.l1_chain_id == dev::l1_chain_id;
  GenesisSpec out{
      config.chain_id, config.genesis_time, config.gas_limit, {}, config.engine_dialect};
  if (dev) out.balances = dev::l2_genesis(config.genesis_time).balances;
  if (alloc_file.empty()) return out;
  const auto text = read_small_file(alloc_file);
  if (!text) return tl::unexpected(Failure{Trouble::no_file, "--alloc: " + text.error().what});
  auto given = read_alloc(*text);
  if (!given) {
    return tl::unexpected(
        Failure{Trouble::file_form, "--alloc: " + alloc_file + ": " + given.error().what});
  }
  for (const auto& [address, balance] : *given) {
    if (!dev && dev::known_to_everybody(address)) {
      return tl::unexpected(
          Failure{Trouble::file_form,
                  fmt::format("--alloc: {}: everybody has the key of {}, an account of the dev "
                              "network's",
                              alloc_file, to_hex(address))});
    }
    out.balances[address] = balance;
  }
  return out;
}

Exit print_genesis(const config::Given& given, const std::string& alloc_file) {
  const auto config = settings_with_engine(given);
  if (!config) return engine_refused(config.error());
  const auto spec = genesis_of(*config, alloc_file);
  if (!spec) return engine_refused(spec.error());
  const auto genesis = genesis_json(*spec);
  if (!genesis) return engine_refused({Trouble::file_form, "--alloc: " + genesis.error().what});
  fmt::print("{}\n", boost::json::serialize(*genesis));
  return Exit::ok;
}

std::string command_line(EngineDialect dialect, const std::vector<std::string>& arguments) {
  std::string out = dialect == EngineDialect::geth ? "geth" : "op-geth";
  for (const auto& argument : arguments) out += " " + shell_word(argument);
  return out;
}

Exit print_flags(const config::Given& given, const std::string& geth_datadir,
                 const std::string& genesis_file) {
  const auto config = settings_with_engine(given);
  if (!config) return engine_refused(config.error());
  const auto address = config->engine();
  if (address.rpc.tls || address.auth->tls) {
    return engine_refused({Trouble::settings,
                           "engine.endpoint or engine.auth_endpoint is https, which geth itself "
                           "does not speak: name the addresses at which it listens"});
  }
  const auto datadir = std::filesystem::absolute(
      geth_datadir.empty() ? config->datadir / "engine" : std::filesystem::path(geth_datadir));
  fmt::print("# Once, before the first start; the file is what `horae engine genesis` prints:\n");
  fmt::print("{}\n", command_line(address.dialect,
                                  geth_init(datadir, std::filesystem::absolute(genesis_file))));
  fmt::print("# Each start, by whatever runs services, or by the node itself (engine.command):\n");
  fmt::print("{}\n", command_line(address.dialect, geth_start({datadir, address, config->chain_id,
                                                               config->gas_limit})));
  return Exit::ok;
}

}  // namespace

void add_engine_command(cli::Command& app, Exit& code) {
  auto command = app.add_subcommand(
      "engine", "Print how a geth or op-geth is started that is to be the engine");
  command.require_subcommand();

  auto genesis = command.add_subcommand("genesis", "Print the genesis file of the chain, as JSON");
  const auto of_genesis = config::add_flags(genesis);
  auto alloc = std::make_shared<std::string>();
  genesis
      .add_option("--alloc", *alloc,
                  "What accounts have in block 0: JSON, addresses and decimal texts of wei")
      .type_name("FILE");
  genesis.callback([=, &code] { code = print_genesis(*of_genesis, *alloc); });

  auto flags = command.add_subcommand("flags", "Print its command lines");
  const auto of_flags = config::add_flags(flags);
  auto datadir = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>("genesis.json");
  flags
      .add_option("--geth-datadir", *datadir,
                  "Where geth keeps its data; without it: engine/ in the node's data directory")
      .type_name("DIRECTORY");
  flags.add_option("--genesis-file", *file, "What `horae engine genesis` printed")
      .type_name("FILE")
      .show_default();
  flags.callback([=, &code] { code = print_flags(*of_flags, *datadir, *file); });
}

}  // namespace horae
