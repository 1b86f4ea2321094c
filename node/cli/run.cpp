#include <fmt/core.h>

#include "core/crash_points.hpp"
#include "edges/stop_signals.hpp"
#include "node/cli/commands.hpp"
#include "node/cli/ending.hpp"
#include "node/config/flags.hpp"
#include "node/dev/accounts.hpp"
#include "node/engine/engine_command.hpp"
#include "node/logging/ending.hpp"
#include "node/logging/node_log.hpp"
#include "node/node.hpp"
#include "node/ops/ops.hpp"
#include "node/start/options.hpp"
#include "node/start/signals.hpp"

namespace horae {
namespace {

Exit run_refused(const Failure& failure) { return logging::ended("run", failure); }

// Nothing where somebody else runs the engine.
Started<std::unique_ptr<EngineCommand>> start_engine(const config::Config& config, Board& board) {
  if (config.engine_command.empty()) return nullptr;
  board.change<Board::Start>([](Board::Start& start) { start.what = "starting the engine"; });
  const auto log_file = config.datadir / "engine.log";
  Logger("node").info("starting the engine", {{"log", log_file.string()}});
  auto engine = EngineCommand::start({config.engine_command, config.engine(), log_file});
  if (engine) return std::move(*engine);
  if (stop_asked()) return tl::unexpected(Failure{Trouble::none, given_up().what});
  return tl::unexpected(
      Failure{Trouble::engine_unreachable, "engine.command: " + engine.error().what});
}

struct RunWanted {
  bool verify_first = false;
  std::string crash_at;
};

Exit run(const config::Given& given, const RunWanted& wanted) {
  const auto crash = parse_crash_at(wanted.crash_at);
  if (!crash) return run_refused({Trouble::usage, "--crash-at: " + crash.error().what});
  const auto loaded = config::load(given);
  if (!loaded.problems.empty()) {
    for (const auto& one : loaded.problems) {
      fmt::print(stderr, "{}: {}\n", logging::printable(one.where), logging::printable(one.what));
    }
    return run_refused({Trouble::settings, "nothing is started with settings that are not whole"});
  }
  const auto& config = loaded.config;
  if (crash->point != CrashPoint::none && config.l1_chain_id != dev::l1_chain_id) {
    return run_refused({Trouble::usage, "--crash-at: on the dev network alone"});
  }

  StopSignals signals;
  const logging::NodeLog node_log(config.logs);
  const Logger logger("node");
  Ending ending;
  auto options = options_of(config);
  if (!options) return run_refused(options.error());
  options->verify_first = wanted.verify_first;
  options->on_l1 = tell_of_l1(ending);
  const auto directory = DataDirectory::lock(config.datadir);
  if (!directory) return run_refused(directory.error());
  const auto ops = Ops::open(directory->paths(), config.ops_port, "run", options->vitals,
                             config.limits.ops_connections, config.ops_vhosts);
  if (!ops) return run_refused(ops.error());
  logger.info("the ops port is open: " + (*ops)->url());
  auto engine = start_engine(config, *options->vitals.board);
  if (!engine) return run_refused(engine.error());
  if (*engine) {
    (*engine)->watch([&ending](const std::string& what) {
      ending.with({Trouble::engine_unreachable, what});
    });
  }
  auto node = Node::start(directory->paths(), std::move(*options));
  if (!node) {
    const auto code = run_refused(node.error());
    return code == Exit::ok ? ending.code() : code;
  }
  logger.info(fmt::format("JSON-RPC on http://127.0.0.1:{}; the log is in {}", (*node)->rpc_port(),
                          directory->paths().log().string()));
  arm_crash(*crash);
  while (!signals.wait(std::chrono::seconds(1))) (*node)->housekeeping();
  logger.info("stopping");
  node->reset();
  engine->reset();
  logger.info("stopped");
  return ending.code();
}

}  // namespace

void add_run_command(cli::Command& app, Exit& code) {
  auto command = app.add_subcommand("run", "Run a sequencer node");
  const auto given = config::add_flags(command);
  auto wanted = std::make_shared<RunWanted>();
  command.add_flag("--verify-first", wanted->verify_first,
                   "Read every record of the log before anything is served, snapshot or not");
  command.add_option("--crash-at", wanted->crash_at,
                     "For tests on the dev network: POINT or POINT:N of docs/testing.md, where the "
                     "node kills itself");
  command.callback([=, &code] { code = run(*given, *wanted); });
}

}  // namespace horae
