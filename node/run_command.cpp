#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "node/commands.hpp"
#include "node/config/flags.hpp"
#include "node/ending.hpp"
#include "node/node.hpp"
#include "node/ops/ops.hpp"
#include "node/options_of_config.hpp"
#include "node/signals.hpp"

namespace horae {
namespace {

void say(const std::string& line) { fmt::print(stderr, "horae: {}\n", line); }

Exit refuse_to_run(Exit code, const std::string& what) {
  say(what);
  return code;
}

Exit run(const config::Given& given, bool verify_first) {
  const auto loaded = config::load(given);
  for (const auto& one : loaded.problems) say(one.where + ": " + one.what);
  if (!loaded.problems.empty()) return Exit::configuration;
  const auto& config = loaded.config;

  StopSignals signals;
  Ending ending;
  auto options = options_of(config);
  if (!options) return refuse_to_run(options.error().code, options.error().what);
  options->verify_first = verify_first;
  options->on_l1 = tell_of_l1(say, ending);
  const auto directory = DataDirectory::lock(config.datadir);
  if (!directory) return refuse_to_run(Exit::directory, directory.error().what);
  const auto ops = Ops::open(directory->paths(), config.ops_port, "run", options->vitals);
  if (!ops) return refuse_to_run(Exit::precondition, ops.error().what);
  say("ops port: " + (*ops)->url());
  auto node = Node::start(directory->paths(), std::move(*options), say);
  if (!node) return refuse_to_run(node.error().code, node.error().what);
  say(fmt::format("JSON-RPC on http://127.0.0.1:{}; the log is in {}", (*node)->rpc_port(),
                  directory->paths().log().string()));
  while (!signals.wait(std::chrono::seconds(1))) (*node)->housekeeping();
  say("stopping");
  node->reset();
  return ending.code();
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
