#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <csignal>

#include "actors/crash_points.hpp"
#include "core/crypto/secp256k1.hpp"
#include "node/commands.hpp"
#include "node/dev/accounts.hpp"
#include "node/dev/description.hpp"
#include "node/dev/dev_network.hpp"
#include "node/dev/governance.hpp"
#include "node/dev/traffic.hpp"
#include "node/node.hpp"
#include "node/signals.hpp"

namespace horae {
namespace {

struct Wanted {
  std::string datadir = "./data/dev";
  std::uint16_t l1_port = 18545;
  std::uint16_t l2_port = 8545;
  std::uint64_t block_time_s = 1;
  std::uint64_t epoch_length = 5;
  std::uint64_t reward_period_s = 60;
  std::string count = "produced";
  std::uint64_t traffic = 0;
  std::uint64_t log_map_mib = std::uint64_t{1} << 20;
  bool no_governance = false;
  bool verify_first = false;
  bool fresh = false;
  std::string crash_at;
};

void say(const std::string& line) { fmt::print(stderr, "horae dev: {}\n", line); }

Exit refuse_to_run(Exit code, const std::string& what) {
  say(what);
  return code;
}

struct Crash {
  CrashPoint point = CrashPoint::none;
  unsigned nth = 1;
};

// POINT or POINT:N.
Result<Crash> parse_crash(const std::string& wanted) {
  Crash out;
  if (wanted.empty()) return out;
  const auto colon = wanted.find(':');
  if (colon != std::string::npos) {
    const auto parsed = u256_from_decimal(wanted.substr(colon + 1));
    if (!parsed || *parsed == 0 || *parsed > 1'000'000) return fail("N of POINT:N is 1 to 1000000");
    out.nth = static_cast<unsigned>(*parsed);
  }
  const auto name = wanted.substr(0, colon);
  const auto found = std::find(crash_point_names.begin() + 1, crash_point_names.end(), name);
  if (found == crash_point_names.end()) {
    return fail("no crash point is called " + name + ": see docs/testing.md");
  }
  out.point = static_cast<CrashPoint>(found - crash_point_names.begin());
  return out;
}

// Ends the program in order, with this code.
void end_with(std::atomic<Exit>& ending, Exit code) {
  ending.store(code);
  ::kill(::getpid(), SIGTERM);
}

// The keys that the node signs with.
struct Keys {
  std::vector<std::shared_ptr<const SecretKey>> signers;
  std::shared_ptr<const SecretKey> reward_mpc;
};

Result<Keys> dev_keys() {
  Keys out;
  auto signers = dev::signer_keys(dev::l1_chain_id);
  if (!signers) return tl::unexpected(signers.error());
  for (auto& key : *signers) {
    out.signers.push_back(std::make_shared<const SecretKey>(std::move(key)));
  }
  auto mpc = dev::reward_mpc_key(dev::l1_chain_id);
  if (!mpc) return tl::unexpected(mpc.error());
  out.reward_mpc = std::make_shared<const SecretKey>(std::move(*mpc));
  return out;
}

Node::Options node_options(const dev::DevNetwork& network, const Wanted& wanted, const Keys& keys,
                           std::atomic<Exit>& ending) {
  Node::Options options;
  const auto& contracts = network.contracts();
  // Here the newest block is as good as confirmed, and a reorganisation is ordinary.
  options.follow = {network.l1(), contracts.locking_pool, contracts.locking_info,
                    contracts.deployment_block, 0};
  SequenceOptions sequence;
  sequence.engine = network.engine();
  sequence.engine_flags = network.engine_flags();
  sequence.chain_id = dev::l2_chain_id;
  sequence.genesis_time = network.network().l2_genesis_time;
  sequence.gas_limit = dev::l2_gas_limit;
  sequence.block_time_s = wanted.block_time_s;
  sequence.rpc_port = wanted.l2_port;
  sequence.keys = keys.signers;
  sequence.reward_mpc_key = keys.reward_mpc;
  sequence.epoch_length = wanted.epoch_length;
  sequence.reward_period_s = wanted.reward_period_s;
  sequence.count_allotted = wanted.count == "allotted";
  // The dev L1 makes a block each second.
  sequence.bump_after_ms = 15'000;
  sequence.resend_after_ms = 5'000;
  sequence.outage_limit_ms = 60'000;
  options.sequence = std::move(sequence);
  options.log_map_bytes = wanted.log_map_mib << 20;
  options.verify_first = wanted.verify_first;
  options.on_l1 = [&ending](const L1News& news) {
    if (!news.alarm.empty()) {
      say("L1: " + news.alarm);
      end_with(ending, Exit::mismatch);
    }
    for (const auto& one : news.differences) {
      say(fmt::format("L1 block {}: {} is {} in the contracts and {} in the log", news.head,
                      one.field, one.contract, one.folded));
    }
  };
  return options;
}

// dev.json names the signer that is Active, or else the first one.
dev::Description describe(const dev::DevNetwork& network, Node& node, const Wanted& wanted,
                          const Keys& keys) {
  const auto active = node.standing().signer;
  auto signer = public_key(*keys.signers.front());
  for (const auto& key : keys.signers) {
    if (address_of(public_key(*key)) == active) signer = public_key(*key);
  }
  dev::Description out;
  out.l1_rpc = fmt::format("http://127.0.0.1:{}", network.l1().port);
  out.l2_rpc = fmt::format("http://127.0.0.1:{}", node.rpc_port());
  out.datadir = std::filesystem::absolute(wanted.datadir).lexically_normal();
  out.contracts = network.contracts();
  out.sequencer_pubkey = signer;
  out.sequencer = address_of(out.sequencer_pubkey);
  out.programs = dev::find_programs();
  out.pid = ::getpid();
  return out;
}

// Until the sequencer is Active in the node's own eyes, or L1 was followed to its head without
// that: one that left the pool in an earlier life is no reason to wait for ever. False if a signal
// came first.
bool await_active(Node& node, StopSignals& signals) {
  while (true) {
    const bool at_head = node.board().get<Board::L1>().state == "following";
    const auto standing = node.standing();
    if (standing.active) return true;
    if (at_head) {
      say("no blocks are produced: " + standing.status);
      return true;
    }
    if (signals.wait(std::chrono::milliseconds(50))) return false;
  }
}

Exit run(const Wanted& wanted) {
  const auto crash = parse_crash(wanted.crash_at);
  if (!crash) return refuse_to_run(Exit::usage, "--crash-at: " + crash.error().what);
  if (wanted.datadir.empty()) return refuse_to_run(Exit::usage, "--datadir: an empty path");
  StopSignals signals;
  auto directory = DataDirectory::lock(wanted.datadir);
  if (!directory) return refuse_to_run(Exit::directory, directory.error().what);
  if (wanted.fresh) {
    if (auto removed = dev::remove_dev_network(wanted.datadir); !removed) {
      return refuse_to_run(Exit::precondition, removed.error().what);
    }
  }
  auto network = dev::DevNetwork::start(
      {wanted.datadir, wanted.l1_port, wanted.l2_port, 1, dev::find_programs()}, say);
  if (!network) return refuse_to_run(network.error().code, network.error().what);
  std::atomic<Exit> ending{Exit::ok};
  (*network)->watch([&ending](const std::string& what) {
    say(what);
    end_with(ending, Exit::unreachable);
  });

  const auto keys = dev_keys();
  if (!keys) return refuse_to_run(Exit::key, keys.error().what);
  auto node = Node::start(directory->paths(), node_options(**network, wanted, *keys, ending), say);
  if (!node) {
    say(node.error().what);
    // Whoever gave the start up keeps what L1 has by now.
    const bool kept = node.error().code != Exit::ok || (*network)->stop();
    return kept ? node.error().code : Exit::unexpected;
  }

  say("waiting for the sequencer to be Active");
  if (await_active(**node, signals)) {
    const auto description = describe(**network, **node, wanted, *keys);
    if (auto written = dev::write_description(description); !written) {
      return refuse_to_run(Exit::directory, written.error().what);
    }
    arm_crash(crash->point, crash->nth);
    fmt::print("{}", dev::banner(description));
    std::fflush(stdout);
    std::unique_ptr<dev::Traffic> traffic;
    if (wanted.traffic > 0) {
      traffic =
          std::make_unique<dev::Traffic>(*Endpoint::parse(description.l2_rpc), wanted.traffic);
    }
    std::unique_ptr<dev::Governance> governance;
    if (!wanted.no_governance) {
      governance =
          std::make_unique<dev::Governance>((*network)->l1(), *Endpoint::parse(description.l2_rpc),
                                            (*network)->contracts().locking_pool, say);
    }
    while (!signals.wait(std::chrono::seconds(1))) (*node)->housekeeping();
    governance.reset();
    traffic.reset();
  }
  say("stopping");
  dev::remove_description(wanted.datadir);
  node->reset();
  if (auto stopped = (*network)->stop(); !stopped) {
    say(stopped.error().what);
    // Of a chain that has ended nothing can be saved.
    if (ending.load() == Exit::ok) return Exit::unexpected;
  }
  return ending.load();
}

}  // namespace

void add_dev_command(CLI::App& app, Exit& code) {
  auto wanted = std::make_shared<Wanted>();
  auto* command = app.add_subcommand(
      "dev", "Run a dev network: an L1 with the locking contracts, an engine, and this node");
  command->add_option("--datadir", wanted->datadir, "Where everything is kept")
      ->capture_default_str();
  command->add_option("--l1-port", wanted->l1_port, "L1 JSON-RPC; 0: a free one")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  command->add_option("--l2-port", wanted->l2_port, "L2 JSON-RPC; 0: a free one")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  command->add_option("--block-time", wanted->block_time_s, "Seconds between L2 blocks")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
  command->add_option("--epoch-length", wanted->epoch_length, "Blocks in an epoch")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  command
      ->add_option("--reward-period", wanted->reward_period_s,
                   "Seconds after which a reward batch is due; Metis: two weeks")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000'000));
  command->add_option("--count", wanted->count, "Which blocks of an epoch are paid for")
      ->capture_default_str()
      ->check(CLI::IsMember({"produced", "allotted"}));
  command->add_option("--traffic", wanted->traffic, "Transfers a second of its own")
      ->capture_default_str()
      ->check(CLI::Range(0, 5000));
  command
      ->add_option("--log-map", wanted->log_map_mib,
                   "MiB that the log can grow to: address space, not disk")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 26));
  command->add_flag("--no-governance", wanted->no_governance,
                    "Leave the reward per block alone, which else follows the target rate");
  command->add_flag("--verify-first", wanted->verify_first,
                    "Read every record of the log before anything is served, snapshot or not");
  command->add_flag("--fresh", wanted->fresh, "Begin anew: delete what an earlier run made");
  command->add_option(
      "--crash-at", wanted->crash_at,
      "For tests: POINT or POINT:N of docs/testing.md, where the node kills itself");
  command->callback([wanted, &code] { code = run(*wanted); });
}

}  // namespace horae
