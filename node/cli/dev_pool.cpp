#include "node/cli/dev_pool.hpp"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include "core/crypto/secp256k1.hpp"
#include "core/files.hpp"
#include "node/child/loopback.hpp"
#include "node/consensus/node_key.hpp"
#include "node/dev/accounts.hpp"
#include "node/pool/genesis_file.hpp"
#include "node/pool/make_genesis.hpp"
#include "node/pool/pool_link.hpp"

namespace horae {
namespace {

constexpr auto member_grace = std::chrono::seconds(30);
// The dev L1 makes a block each second.
constexpr std::uint32_t dev_l1_step = 2;
constexpr std::uint64_t dev_absence_ms = 24ull * 3600 * 1000;

tl::unexpected<Failure> no_pool(Trouble trouble, std::string what) {
  return tl::unexpected(Failure{trouble, std::move(what)});
}

// One node of the pool while its files are made.
struct DevPlace {
  std::filesystem::path datadir;
  std::size_t account = 0;
  std::uint16_t listen = 0, consensus = 0, ops = 0, rpc = 0, link = 0;
  std::string id;
};

std::filesystem::path datadir_of(const std::filesystem::path& datadir, std::uint64_t node) {
  return node == 1 ? datadir : datadir / "members" / std::to_string(node);
}

// By the settings of the first node, as they are without a pool.
Started<Msg<schema::PoolGenesis>> dev_genesis(const std::filesystem::path& datadir,
                                              const dev::DevNetwork& network,
                                              const DevChoices& choices,
                                              const std::vector<DevPlace>& places) {
  const auto file = datadir / "pool-genesis.json";
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    auto known = read_genesis(file);
    if (!known) return no_pool(Trouble::pool_genesis, known.error().what);
    return std::move(*known);
  }
  const auto config = write_dev_settings(datadir, network, choices);
  if (!config) return no_pool(Trouble::settings, config.error().what);
  GenesisWanted wanted{"horae-dev", dev_l1_step, dev_absence_ms, {}};
  for (const auto& place : places) {
    const auto key = public_key(dev::key_of(dev::accounts()[place.account]));
    wanted.members.emplace(address_of(key), Member{key, 20'000, {}});
  }
  auto genesis = make_genesis(*config, wanted);
  if (!genesis) return genesis;
  if (auto written = replace_file_durably(file, genesis_text(*genesis)); !written) {
    return no_pool(Trouble::directory_access, written.error().what);
  }
  return genesis;
}

Started<void> join_once(DevPlace& place, const Msg<schema::PoolGenesis>& genesis) {
  const PoolPaths paths(place.datadir);
  std::error_code error;
  const bool joined = std::filesystem::exists(paths.node_key(), error);
  const auto id =
      joined ? node_id_of(paths.node_key())
             : join_pool(
                   place.datadir, genesis,
                   std::make_shared<const SecretKey>(dev::key_of(dev::accounts()[place.account])));
  if (!id) return no_pool(Trouble::pool_signer, id.error().what);
  place.id = *id;
  return {};
}

DevMember member_of(const std::vector<DevPlace>& places, const DevPlace& me,
                    const std::filesystem::path& genesis) {
  DevMember out;
  out.genesis = genesis;
  out.listen = fmt::format("127.0.0.1:{}", me.listen);
  out.link = fmt::format("127.0.0.1:{}", me.link);
  out.rpc_port = me.consensus;
  for (const auto& other : places) {
    if (other.id == me.id) continue;
    out.peers +=
        fmt::format("{}{}@127.0.0.1:{}", out.peers.empty() ? "" : ",", other.id, other.listen);
  }
  return out;
}

std::vector<std::string> whole_environment() {
  std::vector<std::string> out;
  for (char** each = environ; *each != nullptr; ++each) out.emplace_back(*each);
  return out;
}

}  // namespace

Started<std::unique_ptr<DevPool>> DevPool::prepare(const std::filesystem::path& datadir,
                                                   dev::DevNetwork& network, DevChoices& choices) {
  // A member that begins again has them still.
  const auto ports = lasting_ports(5 * network.network().nodes);
  if (!ports) return no_pool(Trouble::port_taken, ports.error().what);
  std::vector<DevPlace> places;
  for (std::uint64_t node = 1; node <= network.network().nodes; ++node) {
    DevPlace place;
    place.datadir = datadir_of(datadir, node);
    place.account = node == 1 ? dev::sequencer_signer : dev::member_account(node);
    if (node > 1) {
      if (auto made = make_private_directory(place.datadir); !made) {
        return no_pool(Trouble::directory_access, made.error().what);
      }
      if (auto made = make_member_key(place.datadir, place.account); !made) {
        return no_pool(Trouble::key_make, made.error().what);
      }
    }
    const auto first = 5 * (node - 1);
    place.listen = ports->at(first);
    place.consensus = ports->at(first + 1);
    place.ops = ports->at(first + 2);
    place.rpc = ports->at(first + 3);
    place.link = ports->at(first + 4);
    places.push_back(std::move(place));
  }
  const auto genesis = dev_genesis(datadir, network, choices, places);
  if (!genesis) return tl::unexpected(genesis.error());
  for (auto& place : places) {
    if (auto joined = join_once(place, *genesis); !joined) return tl::unexpected(joined.error());
  }
  const auto file = datadir / "pool-genesis.json";
  std::unique_ptr<DevPool> out(new DevPool);
  for (const auto& place : places) {
    const auto member = member_of(places, place, file);
    if (place.datadir == datadir) {
      choices.pool = member;
      continue;
    }
    auto own = choices;
    own.pool = member;
    own.rpc_port = place.rpc;
    own.ops_port = place.ops;
    auto engine = network.start_engine(place.datadir / "l2");
    if (!engine) return tl::unexpected(engine.error());
    if (auto config = write_member_settings(place.datadir, network, engine->address, own);
        !config) {
      return no_pool(Trouble::settings, config.error().what);
    }
    out->members_.push_back({place.datadir, place.ops, place.rpc,
                             dev::accounts()[place.account].address, std::move(*engine)});
  }
  return out;
}

Started<void> DevPool::start(const std::filesystem::path& horae) {
  for (auto& member : members_) {
    auto child = Child::start({horae,
                               {"run", "--config", (member.datadir / "horae.toml").string()},
                               whole_environment(),
                               member.datadir,
                               member.datadir / "node.log"});
    if (!child) return no_pool(Trouble::dev_chain, "a node of the pool: " + child.error().what);
    member.child.emplace(std::move(*child));
  }
  return {};
}

void DevPool::look(const std::function<void(const std::string& what)>& say) {
  const auto ended = [](Child& child, bool& told) -> std::optional<std::string> {
    if (told) return std::nullopt;
    auto how = child.wait(std::chrono::milliseconds(0));
    told = how.has_value();
    return how;
  };
  for (auto& member : members_) {
    if (const auto how = ended(member.engine.child, member.told_engine)) {
      say(
          fmt::format("the engine of the node in {} {}; the next start of the dev network starts "
                      "it again",
                      member.datadir.string(), *how));
    }
    if (!member.child) continue;
    if (const auto how = ended(*member.child, member.told)) {
      say(
          fmt::format("the node in {} {}; its log is node.log there, and `horae run --config {}` "
                      "starts it again",
                      member.datadir.string(), *how, (member.datadir / "horae.toml").string()));
    }
  }
}

void DevPool::stop() {
  for (auto& member : members_) {
    if (member.child) ::kill(member.child->pid(), SIGTERM);
  }
  for (auto& member : members_) {
    if (member.child) member.child->stop(member_grace);
    member.child.reset();
    member.engine.child.stop(member_grace);
  }
}

std::vector<dev::NodeDescription> DevPool::members() const {
  std::vector<dev::NodeDescription> out;
  for (const auto& member : members_) {
    out.push_back({fmt::format("http://127.0.0.1:{}", member.rpc_port),
                   fmt::format("http://127.0.0.1:{}", member.ops_port), member.datadir,
                   member.child ? member.child->pid() : 0, member.signer});
  }
  return out;
}

}  // namespace horae
