#include "node/pool/pool_link.hpp"

#include <fmt/core.h>

#include "actors/pool_sequence.hpp"
#include "core/crypto/secp256k1.hpp"
#include "core/files.hpp"
#include "core/shell_word.hpp"
#include "events/pool/rule_changes.hpp"
#include "node/consensus/comet_files.hpp"
#include "node/consensus/node_key.hpp"
#include "node/consensus/pinned_cometbft.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

// The sequence, and the signer beside it, which wants to know whose signatures blocks have.
class WatchedApp : public ConsensusApp {
 public:
  WatchedApp(std::shared_ptr<ConsensusApp> app, std::shared_ptr<SigningGuard> guard)
      : app_(std::move(app)), guard_(std::move(guard)) {}

  Result<AppliedBlock> applied() override { return app_->applied(); }
  Result<Hash32> begin(const ConsensusGenesis& genesis) override { return app_->begin(genesis); }
  Result<TxnOutcome> check(BytesView txn, bool known) override { return app_->check(txn, known); }
  Result<bool> acceptable(const OrderedBlock& block) override { return app_->acceptable(block); }
  Result<BlockOutcome> settle(const OrderedBlock& block) override {
    if (block.height > 1) guard_->see(block.height - 1, block.signed_by);
    return app_->settle(block);
  }
  Result<std::uint64_t> apply() override { return app_->apply(); }

 private:
  std::shared_ptr<ConsensusApp> app_;
  std::shared_ptr<SigningGuard> guard_;
};

std::string chain_of(const Msg<schema::PoolGenesis>& genesis) {
  return genesis.read().getName().cStr();
}

Result<std::shared_ptr<SigningGuard>> open_guard(const std::filesystem::path& datadir,
                                                 const Msg<schema::PoolGenesis>& genesis,
                                                 std::shared_ptr<const SecretKey> key) {
  const PoolPaths paths(datadir);
  if (auto made = make_private_directory(paths.home); !made) return tl::unexpected(made.error());
  SigningGuard::Options options;
  options.directory = paths.signer();
  options.chain_id = chain_of(genesis);
  options.key = std::move(key);
  options.on_stopped = [](const std::string& why) {
    Logger("signer").error("nothing is signed any more for consensus", {{"why", why}});
  };
  auto guard = SigningGuard::open(std::move(options));
  if (!guard) return tl::unexpected(guard.error());
  return std::shared_ptr<SigningGuard>(std::move(*guard));
}

CometSpec spec_of(const PoolOptions& options, const PoolPaths& paths, const Endpoint& rpc) {
  const auto genesis = options.genesis.read();
  CometSpec out;
  out.home = paths.comet();
  out.genesis = {chain_of(options.genesis), {}, app_state_of(options.genesis)};
  for (const auto member : genesis.getMembers()) {
    out.genesis.members.push_back({fixed<PublicKey>(member.getPublicKey()), member.getPower()});
  }
  out.genesis_time_ms = genesis.getTimeMs();
  out.moniker = to_hex(address_of(public_key(*options.key)));
  out.app_socket = paths.app_socket();
  out.signer_socket = paths.signer_socket();
  out.listen = options.listen;
  out.endpoint = options.endpoint;
  out.rpc_port = static_cast<std::uint16_t>(std::stoul(rpc.port));
  out.peers = options.peers;
  return out;
}

std::string signer_word(SigningGuard::State state) {
  switch (state) {
    case SigningGuard::State::signing:
      return "signing";
    case SigningGuard::State::waiting:
      return "waiting";
    case SigningGuard::State::stopped:
      return "stopped";
  }
  stop("a signer in no state");
}

Board::PoolSigner signer_seen(const SigningGuard::Status& guard,
                              const PrivvalSigner::Status& signer) {
  Board::PoolSigner out;
  out.state = signer_word(guard.state);
  out.reason = guard.why;
  if (guard.last) out.height = static_cast<std::uint64_t>(guard.last->height);
  out.waited = guard.heights_waited;
  out.to_wait = guard.heights_to_wait;
  out.connected = signer.connected;
  out.votes_signed = signer.votes_signed;
  out.refused = signer.votes_refused;
  return out;
}

HeaderSource header_source(std::string chain_id,
                           const std::shared_ptr<SequenceForConsensus>& sequence, CometRpc& comet) {
  return {std::move(chain_id),
          [sequence] { return sequence->wanted(); },
          [sequence](std::uint64_t height, Bytes header) {
            return sequence->keep(height, std::move(header));
          },
          [&comet] {
            return comet.status().map([](const CometStatus& status) { return status.earliest; });
          },
          [&comet](std::uint64_t height) { return comet.commit(height); },
          [&comet](std::uint64_t height) { return comet.members(height); }};
}

tl::unexpected<Failure> no_link(Trouble trouble, std::string what) {
  return tl::unexpected(Failure{trouble, std::move(what)});
}

}  // namespace

Result<std::string> join_pool(const std::filesystem::path& datadir,
                              const Msg<schema::PoolGenesis>& genesis,
                              std::shared_ptr<const SecretKey> key) {
  const PoolPaths paths(datadir);
  std::error_code error;
  const bool joined = std::filesystem::exists(SigningDirectory::record_in(paths.signer()), error);
  if (!joined && std::filesystem::exists(paths.comet() / "data", error)) {
    return fail("this member has run before (" + (paths.comet() / "data").string() +
                "), and the record of what its key has signed is gone: `horae run` goes on, and "
                "signs again once a hundred blocks in a row were committed without the key");
  }
  auto guard = open_guard(datadir, genesis, std::move(key));
  if (!guard) return tl::unexpected(guard.error());
  if (joined) {
    if (const auto seen = (*guard)->status(); seen.state != SigningGuard::State::signing) {
      return fail("this member's signer signs nothing: " + seen.why);
    }
  } else {
    if (auto begun = (*guard)->release(0); !begun) return tl::unexpected(begun.error());
  }
  for (const auto& directory : {paths.comet(), paths.node_key().parent_path()}) {
    if (auto made = make_private_directory(directory); !made) {
      return tl::unexpected(made.error());
    }
  }
  return node_id_of(paths.node_key());
}

Result<TxnOutcome> CometProposals::propose(BytesView input) {
  const auto said = rpc_.broadcast(input);
  if (!said) return tl::unexpected(said.error());
  switch (said->kind) {
    case CometBroadcast::taken:
    case CometBroadcast::in_cache:
      return TxnOutcome{};
    case CometBroadcast::refused:
      return TxnOutcome{said->code, {}, said->words};
    case CometBroadcast::too_large:
      return TxnOutcome{1, {}, said->words};
    case CometBroadcast::full:
      return fail("consensus has more waiting than it takes: " + said->words);
    case CometBroadcast::catching_up:
      return fail("consensus is behind the others, and catches up");
  }
  stop("an answer of consensus of no kind");
}

Started<std::unique_ptr<PoolLink>> PoolLink::start(const PoolOptions& options,
                                                   const std::filesystem::path& datadir,
                                                   const Endpoint& rpc,
                                                   std::shared_ptr<SequenceForConsensus> app,
                                                   std::shared_ptr<Board> board,
                                                   std::shared_ptr<const Clock> clock) {
  const PoolPaths paths(datadir);
  auto guard = open_guard(datadir, options.genesis, options.key);
  if (!guard) return no_link(Trouble::pool_signer, guard.error().what);
  std::unique_ptr<PoolLink> out(new PoolLink);
  out->guard_ = *guard;
  out->board_ = board;
  auto spec = spec_of(options, paths, rpc);
  // One list of all members' nodes serves each of them.
  const auto mine = node_id_of(paths.node_key());
  if (!mine) return no_link(Trouble::pool_consensus, mine.error().what);
  std::erase_if(spec.peers, [&](const Peer& each) { return each.id == *mine; });
  const auto id = write_comet_files(spec);
  if (!id) return no_link(Trouble::pool_consensus, id.error().what);
  // CometBFT ends with its connections, and is started again where it is ours.
  auto server =
      AbciServer::start(paths.app_socket(), std::make_shared<WatchedApp>(app, *guard),
                        std::move(clock), [board](const std::string& why) {
                          if (!board->stopping)
                            Logger("consensus").warn("a connection of it ended", {{"why", why}});
                        });
  if (!server) return no_link(Trouble::pool_consensus, server.error().what);
  out->server_ = std::move(*server);
  out->signer_ = std::make_unique<PrivvalSigner>(paths.signer_socket(), *guard);
  out->rpc_ = std::make_unique<CometRpc>(
      rpc, HttpOptions{.connect_timeout_ms = 2'000, .read_timeout_ms = 2'000});
  const auto watch = [&] {
    out->watch_ = std::make_unique<ConsensusWatch>(
        ConsensusWatch::Options{
            [comet = out->rpc_.get()] { return comet->status(); },
            [comet = out->rpc_.get()] {
              return comet->peers().map([](const std::vector<CometPeer>& peers) {
                std::vector<std::string> ids;
                for (const auto& peer : peers) ids.push_back(peer.id);
                return ids;
              });
            },
            [guard = out->guard_.get(), signer = out->signer_.get()] {
              return signer_seen(guard->status(), signer->status());
            },
            [child = out->child_.get()] { return child == nullptr ? 0 : child->restarts(); },
            [child = out->child_.get()](const std::string& why) {
              if (child != nullptr) child->ask_restart(why);
            }},
        board);
    out->keeper_ = std::make_unique<HeaderKeeper>(
        header_source(chain_of(options.genesis), app, *out->rpc_), board);
  };
  if (options.external) {
    Logger("consensus")
        .info("somebody else is to run CometBFT",
              {{"as", "cometbft node --home " + shell_word(paths.comet().string())}});
    watch();
    return out;
  }
  CometChild::Options child;
  child.words = options.command;
  if (child.words.empty()) child.words = {pinned_cometbft().string()};
  child.home = paths.comet();
  child.app_socket = paths.app_socket();
  child.signer_socket = paths.signer_socket();
  auto comet = CometChild::start(std::move(child), CometChild::Clock::now());
  if (!comet) return no_link(Trouble::pool_consensus, comet.error().what);
  out->child_ = std::move(*comet);
  watch();
  return out;
}

PoolLink::~PoolLink() {
  if (rpc_) rpc_->cancel();
  keeper_.reset();
  watch_.reset();
  // CometBFT first: what it asks is answered until it ends.
  child_.reset();
  signer_.reset();
  server_.reset();
}

Started<void> PoolLink::tend() {
  const auto seen = board_->get<Board::Consensus>();
  if (seen.rules_unknown != 0) {
    return no_link(Trouble::pool_rules,
                   fmt::format("the pool goes on by shared rules of version {}, this program knows "
                               "version {}: its log ends at height {}; install a newer one, which "
                               "goes on from there",
                               seen.rules_unknown, known_rules(), seen.height));
  }
  if (!child_) return {};
  if (auto runs = child_->tend(CometChild::Clock::now()); !runs) {
    return no_link(Trouble::pool_consensus, runs.error().what);
  }
  return {};
}

}  // namespace horae
