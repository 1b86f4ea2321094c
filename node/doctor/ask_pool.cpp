#include <algorithm>

#include "events/pool/members.hpp"
#include "node/child/program.hpp"
#include "node/consensus/node_key.hpp"
#include "node/consensus/pinned_cometbft.hpp"
#include "node/doctor/keys.hpp"
#include "node/doctor/machine.hpp"
#include "node/doctor/pool.hpp"
#include "node/doctor/process.hpp"
#include "node/doctor/reach.hpp"
#include "node/pool/genesis_file.hpp"
#include "node/pool/genesis_fits.hpp"
#include "node/pool/make_genesis.hpp"
#include "node/pool/pool_link.hpp"
#include "node/start/options.hpp"
#include "node/start/rules.hpp"

namespace horae::doctor {
namespace {

constexpr auto peer_patience = std::chrono::seconds(3);

constexpr std::array<CheckId, 9> checks_of_pool{"pool.genesis",     "pool.voice",  "pool.cometbft",
                                                "pool.files",       "pool.listen", "pool.rpc_port",
                                                "pool.link_listen", "pool.peers",  "pool.copies"};

CometSeen look_at_cometbft(const config::Config& config) {
  if (config.pool_external) return {true, std::filesystem::path()};
  const bool pinned = config.pool_command.empty();
  auto program = program_called(pinned ? pinned_cometbft().string() : config.pool_command.front());
  std::error_code error;
  if (program && !std::filesystem::exists(*program, error)) {
    program = fail("there is none at " + program->string());
  }
  return {false, std::move(program)};
}

JoinedSeen look_at_joined(const PoolPaths& paths) {
  JoinedSeen out;
  for (const auto& path : {paths.home, paths.comet(), paths.signer()}) {
    out.directories.push_back(mode_of(path));
  }
  std::error_code error;
  // Asked for, a node key that is not there would be made.
  out.id = std::filesystem::exists(paths.node_key(), error)
               ? node_id_of(paths.node_key())
               : Result<std::string>(fail(paths.node_key().string() + " is not there"));
  out.record = std::filesystem::exists(SigningDirectory::record_in(paths.signer()), error);
  return out;
}

// CometBFT is a process of its own: it is this member's where it has its home.
PortSeen look_at_comet_port(const HostPort& at, const PoolPaths& paths) {
  PortSeen out{at, is_listened_on(at), false};
  if (!out.taken) return out;
  const auto pid = listener_on(at);
  const auto words = pid ? command_of(*pid) : std::vector<std::string>();
  if (words.empty()) {
    out.by_our_node = std::nullopt;
  } else {
    out.by_our_node = std::ranges::find(words, paths.comet().string()) != words.end();
  }
  return out;
}

MemberSeen look_at_genesis(const config::Config& config) {
  MemberSeen out{read_genesis(*config.pool_genesis), {}, voice_of(config)};
  if (!out.genesis) return out;
  out.fits = check_fits(config, out.genesis->read());
  if (!is_of_one_alone(out.genesis->read())) return out;
  SharedState begun;
  if (const auto founding = found(begun, with_block_zero(*out.genesis, {}).read()); founding) {
    out.other_rules = other_rules(begun, sequence_options(config));
  } else {
    out.genesis = tl::unexpected(founding.error());
  }
  return out;
}

}  // namespace

std::optional<MemberSeen> look_at_member(const config::Config& config) {
  if (!config.pool_genesis) return std::nullopt;
  auto out = look_at_genesis(config);
  if (out.genesis && is_of_one_alone(out.genesis->read())) return std::nullopt;
  return out;
}

Findings examine_pool(const config::Config& config, const std::optional<MemberSeen>& seen,
                      std::optional<std::int64_t> node) {
  Findings out;
  if (!seen) {
    for (const auto& id : checks_of_pool) out.push_back(skipped(id, "this node is alone"));
    if (config.pool_genesis) out.front() = judge_pool_genesis(look_at_genesis(config));
    return out;
  }
  const PoolPaths paths(config.datadir);
  const auto joined = look_at_joined(paths);
  std::vector<PeerSeen> peers;
  for (const auto& peer : config.pool_peers) {
    if (joined.id && peer.id == *joined.id) continue;
    peers.push_back({peer.shown(), reach(peer.at, peer_patience)});
  }
  const auto members = seen->genesis ? seen->genesis->read().getMembers().size() : 0;
  return {judge_pool_genesis(*seen),
          judge_pool_voice(*seen),
          judge_pool_cometbft(look_at_cometbft(config)),
          judge_pool_files(joined),
          judge_port("pool.listen", "pool.listen", look_at_comet_port(config.pool_listen, paths)),
          judge_port("pool.rpc_port", "pool.rpc_port",
                     look_at_comet_port({"127.0.0.1", config.pool_rpc_port}, paths)),
          judge_port("pool.link_listen", "pool.link_listen",
                     look_at_port(config.pool_link_listen, node)),
          judge_pool_peers(peers, members),
          judge_pool_copies(*seen, config.acknowledge_copies)};
}

}  // namespace horae::doctor
