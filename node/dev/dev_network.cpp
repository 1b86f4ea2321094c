#include "node/dev/dev_network.hpp"

#include <fmt/core.h>

#include <chrono>

#include "core/files.hpp"
#include "node/child/loopback.hpp"
#include "node/dev/accounts.hpp"
#include "node/dev/geth.hpp"

namespace horae::dev {
namespace {

std::filesystem::path l1_home(const std::filesystem::path& datadir) { return datadir / "l1"; }
std::filesystem::path l2_home(const std::filesystem::path& datadir) { return datadir / "l2"; }
std::filesystem::path children_file(const std::filesystem::path& datadir) {
  return l1_home(datadir) / "children.json";
}

// geth writes its state at its end.
constexpr auto engine_grace = std::chrono::seconds(30);

tl::unexpected<Failure> no_network(Trouble trouble, std::string what) {
  return tl::unexpected(Failure{trouble, std::move(what)});
}

}  // namespace

tl::expected<void, Failure> remove_dev_network(const std::filesystem::path& datadir) {
  const DataPaths paths{datadir};
  std::error_code error;
  const auto exists = [&](const std::filesystem::path& path) {
    return std::filesystem::exists(std::filesystem::symlink_status(path, error));
  };
  if (exists(paths.log()) && !exists(l1_home(datadir)) && !exists(l2_home(datadir))) {
    return no_network(Trouble::dev_foreign,
                      "the log in " + datadir.string() + " was not made by horae dev");
  }
  if (exists(l1_home(datadir))) {
    if (auto idle = DataDirectory::lock(l1_home(datadir)); !idle) {
      return tl::unexpected(idle.error());
    }
  }
  // A chain of a former life that is still dying would write into what is being deleted.
  const Say nobody = [](Level, const std::string&) {};
  if (auto ended = await_former_children(children_file(datadir), nobody); !ended) {
    return no_network(Trouble::dev_ending, ended.error().what);
  }
  for (const auto& path :
       {datadir / "dev.json", datadir / "dev.json.new", datadir / "horae.toml", datadir / "members",
        datadir / "consensus", datadir / "pool-genesis.json", paths.inspect_socket(), paths.log(),
        paths.lookups(), paths.snapshots(), l2_home(datadir), l1_home(datadir)}) {
    std::filesystem::remove_all(path, error);
    if (error) {
      return no_network(Trouble::directory_access,
                        "cannot delete " + path.string() + ": " + error.message());
    }
  }
  return {};
}

DevNetwork::DevNetwork(Options options, Say say)
    : options_(std::move(options)), say_(std::move(say)) {}

DevNetwork::~DevNetwork() {
  if (auto stopped = stop(); !stopped) say_(Level::warn, stopped.error().what);
}

tl::expected<std::unique_ptr<DevNetwork>, Failure> DevNetwork::start(const Options& options,
                                                                     Say say) {
  std::unique_ptr<DevNetwork> out(new DevNetwork(options, std::move(say)));
  out->stopped_ = true;  // until it has begun there is nothing to save
  if (auto begun = out->begin(); !begun) return tl::unexpected(begun.error());
  out->stopped_ = false;
  return out;
}

tl::expected<void, Failure> DevNetwork::begin() {
  const auto l1_directory = l1_home(options_.datadir);
  const auto l2_directory = l2_home(options_.datadir);
  for (const auto& directory : {l1_directory, l2_directory}) {
    if (auto made = make_private_directory(directory); !made) {
      return no_network(Trouble::directory_access, made.error().what);
    }
  }
  auto locked = DataDirectory::lock(l1_directory);
  if (!locked) return tl::unexpected(locked.error());
  lock_.emplace(std::move(*locked));
  if (auto ended = await_former_children(children_file(options_.datadir), say_); !ended) {
    return no_network(Trouble::dev_ending, ended.error().what);
  }
  for (const auto& [port, option] :
       {std::pair{options_.l1_port, "--l1-port"}, std::pair{options_.l2_port, "--l2-port"}}) {
    if (port == 0) continue;
    if (options_.l1_port == options_.l2_port) {
      return no_network(Trouble::settings, "--l1-port and --l2-port are the same");
    }
    if (auto is_free = check_port(port, option); !is_free) {
      return no_network(Trouble::port_taken, is_free.error().what);
    }
  }

  const auto file = l1_directory / "network.json";
  const auto known = read_network(file);
  if (!known) return no_network(Trouble::dev_foreign, known.error().what);
  new_ = !*known;
  std::error_code error;
  if (new_ && std::filesystem::exists(DataPaths{options_.datadir}.log(), error)) {
    return no_network(Trouble::dev_foreign,
                      "there is a log in " + options_.datadir.string() +
                          ", but the L1 that it tells of is gone (" + file.string() +
                          "): contracts deployed anew would not be the ones in the log. --fresh "
                          "deletes the log and starts anew; another --datadir keeps it");
  }

  if (!new_) network_ = known->value();
  if (options_.engine) {
    if (!new_ && *options_.engine != network_.engine) {
      return no_network(Trouble::dev_foreign,
                        fmt::format("the network in {} began with {} as its engine, and goes on "
                                    "with no other, wanted {}: --fresh begins anew, another "
                                    "--datadir keeps it",
                                    options_.datadir.string(), name_of(network_.engine),
                                    name_of(*options_.engine)));
    }
    network_.engine = *options_.engine;
  }
  if (options_.nodes) {
    if (!new_ && *options_.nodes != network_.nodes) {
      return no_network(Trouble::dev_foreign,
                        fmt::format("the network in {} began with {} nodes, and goes on with no "
                                    "other number, wanted {}: --fresh begins anew, another "
                                    "--datadir keeps it",
                                    options_.datadir.string(), network_.nodes, *options_.nodes));
    }
    network_.nodes = *options_.nodes;
  }
  if (network_.engine == EngineDialect::geth) {
    if (auto there = check_geth(options_.programs.geth); !there) {
      return no_network(Trouble::dev_chain, there.error().what);
    }
  }

  say_(Level::info, new_ ? "starting an L1" : "starting the L1 where it was");
  L1Options l1;
  l1.anvil = options_.programs.anvil;
  l1.home = l1_directory;
  l1.port = options_.l1_port;
  l1.block_time_s = options_.l1_block_time_s;
  // Both chains begin in the same second.
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  if (new_) network_.l2_genesis_time = static_cast<std::uint64_t>(now.count());
  l1.genesis_time = network_.l2_genesis_time;
  auto chain = L1Chain::start(l1, new_ ? std::nullopt : std::optional(network_.l1_genesis), say_);
  if (!chain) return no_network(Trouble::dev_chain, chain.error().what);
  l1_ = std::move(*chain);
  if (auto recorded = record(l1_->anvil().child().pid()); !recorded) return recorded;

  if (new_) {
    say_(Level::info, "deploying the contracts");
    if (auto made = make_network(file); !made) {
      return no_network(Trouble::dev_chain, made.error().what);
    }
  }

  say_(Level::info, fmt::format("starting the L2 engine, {}", name_of(network_.engine)));
  auto engine = start_engine(l2_directory);
  if (!engine) return tl::unexpected(engine.error());
  engine_ = std::move(*engine);
  // Not before: what L1 makes while the engine starts would be gone after a kill -9, and the node
  // have to wait for it.
  if (auto gone_on = l1_->go_on(say_); !gone_on) {
    return no_network(Trouble::dev_chain, "L1: " + gone_on.error().what);
  }
  return {};
}

tl::expected<L2Engine, Failure> DevNetwork::start_engine(const std::filesystem::path& home) {
  if (auto made = make_private_directory(home); !made) {
    return no_network(Trouble::directory_access, made.error().what);
  }
  const bool geth = network_.engine == EngineDialect::geth;
  auto engine =
      start_l2_engine({network_.engine, geth ? options_.programs.geth : options_.programs.anvil,
                       home, network_.l2_genesis_time});
  if (!engine) return no_network(Trouble::dev_chain, engine.error().what);
  if (auto recorded = record(engine->child.pid()); !recorded) {
    return tl::unexpected(recorded.error());
  }
  return std::move(*engine);
}

// At once: should this process be killed, the next one has to know.
tl::expected<void, Failure> DevNetwork::record(pid_t child) {
  children_.push_back(child);
  auto recorded = record_children(children_file(options_.datadir), children_);
  if (!recorded) return no_network(Trouble::directory_access, recorded.error().what);
  return {};
}

// The dump comes before the description: where that stands, there is an L1 to come back to.
Result<void> DevNetwork::make_network(const std::filesystem::path& file) {
  JsonRpcClient l1(l1_->anvil().endpoint());
  auto genesis = l1_->genesis();
  if (!genesis) return tl::unexpected(genesis.error());
  network_.l1_genesis = *genesis;
  if (auto on = l1_->mine_at_once(true); !on) return on;
  auto contracts = deploy_contracts(l1, options_.programs.contracts, l2_chain_id, network_.nodes);
  if (!contracts) return tl::unexpected(contracts.error());
  network_.contracts = *contracts;
  if (auto off = l1_->mine_at_once(false); !off) return off;
  if (auto dumped = l1_->dump(); !dumped) return dumped;
  return write_network(file, network_);
}

std::string DevNetwork::engine_flags() const {
  return l2_engine_flags(network_.engine, network_.l2_genesis_time);
}

void DevNetwork::watch(std::function<void(const std::string&)> on_death) {
  watch_.emplace(std::vector<ChildWatch::Watched>{{l1_->anvil().child(), "the L1's anvil"},
                                                  {engine_->child, "the L2 engine"}},
                 std::move(on_death));
}

Result<void> DevNetwork::stop() {
  watch_.reset();
  if (engine_) engine_->child.stop(engine_grace);
  if (stopped_) return {};
  stopped_ = true;
  auto saved = l1_->stop();
  std::error_code ignored;
  std::filesystem::remove(children_file(options_.datadir), ignored);
  if (!saved) return within("the L1's state was not saved", saved.error());
  return {};
}

}  // namespace horae::dev
