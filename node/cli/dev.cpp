#include <fmt/core.h>
#include <unistd.h>

#include "core/crash_points.hpp"
#include "core/crypto/secp256k1.hpp"
#include "edges/stop_signals.hpp"
#include "node/child/loopback.hpp"
#include "node/cli/commands.hpp"
#include "node/cli/dev_pool.hpp"
#include "node/cli/dev_settings.hpp"
#include "node/cli/ending.hpp"
#include "node/dev/accounts.hpp"
#include "node/dev/description.hpp"
#include "node/dev/dev_network.hpp"
#include "node/dev/governance.hpp"
#include "node/dev/traffic.hpp"
#include "node/logging/ending.hpp"
#include "node/logging/node_log.hpp"
#include "node/node.hpp"
#include "node/ops/ops.hpp"
#include "node/start/options.hpp"
#include "node/start/signals.hpp"

namespace horae {
namespace {

struct DevWanted {
  std::string datadir = "./data/dev";
  std::uint16_t l1_port = 18545;
  std::optional<std::string> engine;
  std::optional<std::uint64_t> nodes;
  DevChoices node;
  std::uint64_t traffic = 0;
  bool without_node = false;
  bool no_governance = false;
  bool verify_first = false;
  bool fresh = false;
  std::string crash_at;
  logging::Settings logs;
};

Exit dev_refused(const Failure& failure) { return logging::ended("dev", failure); }

// Until the sequencer is Active in the node's own eyes, or L1 was followed to its head without
// that: one that left the pool in an earlier life is no reason to wait for ever. False if a signal
// came first.
bool await_active(Node& node, StopSignals& signals, const Logger& logger) {
  while (true) {
    const bool at_head = node.board().get<Board::L1>().state == "following";
    const auto standing = node.standing();
    if (standing.active) return true;
    if (at_head) {
      logger.info("no blocks are produced", {{"why", standing.status}});
      return true;
    }
    if (signals.wait(std::chrono::milliseconds(50))) return false;
  }
}

// One life of `horae dev`. Its parts end in the opposite order of their beginning.
class DevLife {
 public:
  explicit DevLife(DevWanted wanted, CrashAt crash) : wanted_(std::move(wanted)), crash_(crash) {}

  Exit live() {
    auto directory = DataDirectory::lock(wanted_.datadir);
    if (!directory) return dev_refused(directory.error());
    directory_.emplace(std::move(*directory));
    if (!wanted_.without_node) {
      auto ops = Ops::open(directory_->paths(), wanted_.node.ops_port, "dev", vitals_);
      if (!ops) return dev_refused(ops.error());
      ops_ = std::move(*ops);
      vitals_.board->change<Board::Start>(
          [](Board::Start& start) { start.what = "starting the dev network's chains"; });
    }
    // A start that a signal gave up is no failure, and there is no network.
    if (const auto code = start_network(); !network_) return code;
    const auto config = settle();
    if (!config) return dev_refused(config.error());
    if (pool_) {
      if (auto started = pool_->start(dev::find_programs().horae); !started) {
        return dev_refused(started.error());
      }
    }
    if (wanted_.without_node) {
      directory_.reset();  // for the node's own process; the chains have a lock of their own
      if (const auto code = serve(*config); code != Exit::ok) return code;
      return end();
    }
    if (const auto started = start_node(*config); !started) {
      const auto code = dev_refused(started.error());
      // Whoever gave the start up keeps what L1 has by now.
      if (code != Exit::ok) return code;
      if (const auto stopped = network_->stop(); !stopped) {
        return dev_refused({Trouble::dev_not_saved, stopped.error().what});
      }
      return ending_.code();
    }
    logger_.info("waiting for the sequencer to be Active");
    if (await_active(*node_, signals_, logger_)) {
      if (const auto code = serve(*config); code != Exit::ok) return code;
    }
    return end();
  }

 private:
  Exit start_network() {
    if (wanted_.fresh) {
      if (auto removed = dev::remove_dev_network(wanted_.datadir); !removed) {
        return dev_refused(removed.error());
      }
    }
    auto network = dev::DevNetwork::start(
        {wanted_.datadir, wanted_.l1_port, wanted_.node.rpc_port, 1, wanted_.nodes,
         wanted_.engine ? dialect_named(*wanted_.engine) : std::nullopt, dev::find_programs()},
        [logger = Logger("dev network")](Level level, const std::string& line) {
          logger.say(level, line);
        });
    if (!network) {
      if (stop_asked()) return dev_refused({Trouble::none, given_up().what});
      return dev_refused(network.error());
    }
    network_ = std::move(*network);
    network_->watch([this](const std::string& what) { ending_.with({Trouble::dev_chain, what}); });
    return Exit::ok;
  }

  // Keystores and settings, read back as `horae run` reads them.
  Started<config::Config> settle() {
    if (auto made = make_dev_keys(wanted_.datadir); !made) {
      return tl::unexpected(Failure{Trouble::key_make, made.error().what});
    }
    // Whoever is to speak to a node that another process runs must know its port beforehand.
    if (wanted_.without_node && wanted_.node.rpc_port == 0) {
      const auto port = free_port();
      if (!port) return tl::unexpected(Failure{Trouble::port_taken, port.error().what});
      wanted_.node.rpc_port = *port;
    }
    if (ops_) {
      wanted_.node.ops_port = ops_->port();
    } else if (wanted_.node.ops_port == 0) {
      const auto port = free_port(wanted_.node.rpc_port);
      if (!port) return tl::unexpected(Failure{Trouble::port_taken, port.error().what});
      wanted_.node.ops_port = *port;
    }
    if (network_->network().nodes > 1) {
      auto pool = DevPool::prepare(wanted_.datadir, *network_, wanted_.node);
      if (!pool) return tl::unexpected(pool.error());
      pool_ = std::move(*pool);
    }
    auto config = write_dev_settings(wanted_.datadir, *network_, wanted_.node);
    if (!config) return tl::unexpected(Failure{Trouble::settings, config.error().what});
    return std::move(*config);
  }

  Started<void> start_node(const config::Config& config) {
    auto options = options_of(config);
    if (!options) return tl::unexpected(options.error());
    for (const auto& key : options->sequence->keys) signers_.push_back(public_key(*key));
    options->sequence->engine_home = directory_->paths().root / "l2";
    options->vitals = vitals_;
    options->verify_first = wanted_.verify_first;
    options->on_l1 = tell_of_l1(ending_);
    auto node = Node::start(directory_->paths(), std::move(*options));
    if (!node) return tl::unexpected(node.error());
    node_ = std::move(*node);
    return {};
  }

  // dev.json names the signer that is Active, or else the first one.
  dev::Description describe(const config::Config& config) {
    dev::Description out;
    out.sequencer_pubkey = public_key(dev::key_of(dev::accounts()[dev::sequencer_signer]));
    if (node_) {
      const auto active = node_->standing().signer;
      for (const auto& signer : signers_) {
        if (address_of(signer) == active) out.sequencer_pubkey = signer;
      }
    }
    out.l1_rpc = fmt::format("http://127.0.0.1:{}", network_->l1().port);
    out.l2_rpc = fmt::format("http://127.0.0.1:{}", node_ ? node_->rpc_port() : config.rpc_port);
    out.ops = fmt::format("http://127.0.0.1:{}", wanted_.node.ops_port);
    out.engine = network_->engine();
    out.datadir = std::filesystem::absolute(wanted_.datadir).lexically_normal();
    out.contracts = network_->contracts();
    out.sequencer = address_of(out.sequencer_pubkey);
    out.programs = dev::find_programs();
    out.pid = ::getpid();
    out.without_node = wanted_.without_node;
    if (pool_) out.members = pool_->members();
    return out;
  }

  // Until a signal comes.
  Exit serve(const config::Config& config) {
    const auto description = describe(config);
    if (auto written = dev::write_description(description); !written) {
      return dev_refused({Trouble::directory_access, written.error().what});
    }
    arm_crash(crash_);
    fmt::print("{}", dev::banner(description));
    std::fflush(stdout);
    const auto l2 = *Endpoint::parse(description.l2_rpc);
    std::unique_ptr<dev::Traffic> traffic;
    if (wanted_.traffic > 0) traffic = std::make_unique<dev::Traffic>(l2, wanted_.traffic);
    std::unique_ptr<dev::Governance> governance;
    if (!wanted_.no_governance) {
      governance = std::make_unique<dev::Governance>(
          network_->l1(), l2, network_->contracts().locking_pool,
          [logger = Logger("governance")](Level level, const std::string& line) {
            logger.say(level, line);
          });
    }
    while (!signals_.wait(std::chrono::seconds(1))) {
      if (node_) node_->housekeeping();
      if (pool_) pool_->look([this](const std::string& what) { logger_.warn(what); });
    }
    governance.reset();
    return Exit::ok;
  }

  Exit end() {
    logger_.info("stopping");
    dev::remove_description(wanted_.datadir);
    if (pool_) pool_->stop();
    node_.reset();
    if (auto stopped = network_->stop(); !stopped) {
      // Of a chain that has ended nothing can be saved, and that was said.
      if (ending_.code() == Exit::ok)
        return dev_refused({Trouble::dev_not_saved, stopped.error().what});
    }
    logger_.info("stopped");
    return ending_.code();
  }

  DevWanted wanted_;
  CrashAt crash_;
  StopSignals signals_;
  logging::NodeLog node_log_{wanted_.logs};
  Logger logger_{"node"};
  Ending ending_;
  std::optional<DataDirectory> directory_;
  Vitals vitals_;
  std::unique_ptr<Ops> ops_;
  std::unique_ptr<dev::DevNetwork> network_;
  std::unique_ptr<DevPool> pool_;
  std::vector<PublicKey> signers_;
  std::unique_ptr<Node> node_;
};

Exit run(const DevWanted& wanted) {
  const auto crash = parse_crash_at(wanted.crash_at);
  if (!crash) return dev_refused({Trouble::usage, "--crash-at: " + crash.error().what});
  if (wanted.datadir.empty()) return dev_refused({Trouble::usage, "--datadir: an empty path"});
  // What it starts runs in directories of its own.
  auto whole = wanted;
  whole.datadir = std::filesystem::absolute(wanted.datadir).lexically_normal();
  return DevLife(std::move(whole), *crash).live();
}

}  // namespace

void add_dev_command(cli::Command& app, Exit& code) {
  auto wanted = std::make_shared<DevWanted>();
  auto command = app.add_subcommand(
      "dev", "Run a dev network: an L1 with the locking contracts, an engine, and this node");
  command.add_option("--datadir", wanted->datadir, "Where everything is kept").show_default();
  command.add_option("--l1-port", wanted->l1_port, "L1 JSON-RPC; 0: a free one")
      .show_default()
      .range(0, 65535);
  command.add_option("--l2-port", wanted->node.rpc_port, "L2 JSON-RPC; 0: a free one")
      .show_default()
      .range(0, 65535);
  command
      .add_option("--ops-port", wanted->node.ops_port,
                  "Probes, metrics and `horae status`; 0: a free one")
      .show_default()
      .range(0, 65535);
  command
      .add_option("--engine", wanted->engine,
                  "What runs L2 transactions; without it: as before, at first anvil")
      .one_of({"anvil", "geth"});
  command
      .add_option("--nodes", wanted->nodes,
                  "Nodes of a pool that agrees by consensus; without it: as before, at first one "
                  "alone")
      .range(std::uint64_t{1}, std::uint64_t{dev::most_nodes});
  command.add_option("--block-time", wanted->node.block_time_s, "Seconds between L2 blocks")
      .show_default()
      .range(1, 3600);
  command
      .add_option("--epoch-length", wanted->node.epoch_length, "Blocks in an epoch; of a new log")
      .show_default()
      .range(1, 1'000'000);
  command
      .add_option("--reward-period", wanted->node.reward_period_s,
                  "Seconds after which a reward batch is due, of a new log; Metis: two weeks")
      .show_default()
      .range(1, 100'000'000);
  command
      .add_option("--count", wanted->node.count,
                  "Which blocks of an epoch are paid for; of a new log")
      .show_default()
      .one_of({"produced", "allotted"});
  command.add_option("--traffic", wanted->traffic, "Transfers a second of its own")
      .show_default()
      .range(0, 5000);
  command
      .add_option("--log-map", wanted->node.log_map_mib,
                  "MiB that the log can grow to: address space, not disk")
      .show_default()
      .range(std::uint64_t{1}, std::uint64_t{1} << 26);
  command.add_flag("--without-node", wanted->without_node,
                   "L1 and engine alone: `horae run --config DATADIR/horae.toml` is the node");
  command.add_flag("--no-governance", wanted->no_governance,
                   "Leave the reward per block alone, which else follows the target rate");
  command.add_flag("--verify-first", wanted->verify_first,
                   "Read every record of the log before anything is served, snapshot or not");
  command.add_flag("--fresh", wanted->fresh, "Begin anew: delete what an earlier run made");
  command.add_option("--crash-at", wanted->crash_at,
                     "For tests: POINT or POINT:N of docs/testing.md, where the node kills itself");
  logging::add_flags(command, wanted->logs);
  command.callback([wanted, &code] { code = run(*wanted); });
}

}  // namespace horae
