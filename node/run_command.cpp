#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>

#include "core/crypto/secp256k1.hpp"
#include "node/commands.hpp"
#include "node/config/flags.hpp"
#include "node/keys/ask_password.hpp"
#include "node/keys/key_file.hpp"
#include "node/node.hpp"
#include "node/signals.hpp"

namespace horae {
namespace {

void say(const std::string& line) { fmt::print(stderr, "horae: {}\n", line); }

Exit refuse_to_run(Exit code, const std::string& what) {
  say(what);
  return code;
}

// Opens every keystore with the one password.
Result<void> open_keys(const config::Config& config, SequenceOptions& options) {
  const auto password = password_for("the keystores", config.password_file);
  if (!password) return tl::unexpected(password.error());
  for (const auto& file : config.signers) {
    auto key = open_key_file(file, *password);
    if (!key) return tl::unexpected(key.error());
    options.keys.push_back(std::make_shared<const SecretKey>(std::move(*key)));
  }
  if (!config.reward_mpc) return {};
  auto key = open_key_file(*config.reward_mpc, *password);
  if (!key) return tl::unexpected(key.error());
  options.reward_mpc_key = std::make_shared<const SecretKey>(std::move(*key));
  return {};
}

SequenceOptions sequence_options(const config::Config& config) {
  SequenceOptions out;
  out.engine = config.engine;
  out.engine_flags = config.engine_flags;
  out.chain_id = config.chain_id;
  out.genesis_time = config.genesis_time;
  out.gas_limit = config.gas_limit;
  out.block_time_s = config.block_time_s;
  out.rpc_port = config.rpc_port;
  out.epoch_length = config.epoch_length;
  out.reward_period_s = config.reward_period_s;
  out.count_allotted = config.count_allotted;
  out.bump_after_ms = config.bump_after_s * 1000;
  out.resend_after_ms = config.resend_after_s * 1000;
  out.outage_limit_ms = config.outage_limit_s * 1000;
  return out;
}

Exit run(const config::Given& given, bool verify_first) {
  const auto loaded = config::load(given);
  for (const auto& one : loaded.problems) say(one.where + ": " + one.what);
  if (!loaded.problems.empty()) return Exit::configuration;
  const auto& config = loaded.config;

  StopSignals signals;
  std::atomic<Exit> ending{Exit::ok};
  Node::Options options;
  options.follow = {config.l1, config.locking_pool, config.locking_info, config.from_block,
                    config.confirmations};
  options.log_map_bytes = config.log_map_mib << 20;
  options.verify_first = verify_first;
  options.on_l1 = [&ending](const L1News& news) {
    for (const auto& one : news.differences) {
      say(fmt::format("L1 block {}: {} is {} in the contracts and {} in the log", news.head,
                      one.field, one.contract, one.folded));
    }
    if (news.alarm.empty()) return;
    say("L1: " + news.alarm);
    ending.store(Exit::mismatch);
    ::kill(::getpid(), SIGTERM);
  };
  options.sequence = sequence_options(config);
  if (auto opened = open_keys(config, *options.sequence); !opened) {
    return refuse_to_run(Exit::key, opened.error().what);
  }
  const auto directory = DataDirectory::lock(config.datadir);
  if (!directory) return refuse_to_run(Exit::directory, directory.error().what);
  auto node = Node::start(directory->paths(), std::move(options), say);
  if (!node) return refuse_to_run(node.error().code, node.error().what);
  say(fmt::format("JSON-RPC on http://127.0.0.1:{}; the log is in {}", (*node)->rpc_port(),
                  directory->paths().log().string()));
  while (!signals.wait(std::chrono::seconds(1))) (*node)->housekeeping();
  say("stopping");
  node->reset();
  return ending.load();
}

}  // namespace

void add_run_command(CLI::App& app, Exit& code) {
  auto* command = app.add_subcommand("run", "Run a sequencer node");
  const auto given = config::add_flags(*command);
  auto verify_first = std::make_shared<bool>(false);
  command->add_flag("--verify-first", *verify_first,
                    "Read every record of the log before anything is served, snapshot or not");
  command->callback([=, &code] { code = run(*given, *verify_first); });
}

}  // namespace horae
