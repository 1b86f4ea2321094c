#include "node/start/pool_member.hpp"

#include <fmt/core.h>

#include "actors/pool_sequence.hpp"
#include "edges/stop_signals.hpp"
#include "events/pool/members.hpp"
#include "events/pool/rule_changes.hpp"
#include "node/consensus/node_key.hpp"
#include "node/start/signals.hpp"

namespace horae {
namespace {

// Between two looks whether the start is still wanted, and whether consensus stays.
constexpr auto look_every = std::chrono::milliseconds(200);

tl::unexpected<Failure> no_member(Trouble trouble, std::string what) {
  return tl::unexpected(Failure{trouble, std::move(what)});
}

Started<void> check_log(const NodeSystem& node, const World& world, const PoolPaths& paths) {
  const auto& pool = world.shared.pool;
  const auto& genesis = node.options.pool->genesis;
  if (pool.is_founded() && !std::ranges::equal(pool.genesis.bytes(), genesis.bytes())) {
    return no_member(Trouble::pool_genesis,
                     "the log is of a pool with another genesis than pool.genesis names");
  }
  if (!pool.is_founded() && (world.shared.blocks.open || world.shared.locking.is_open())) {
    return no_member(Trouble::pool_genesis,
                     "the log is of a node that was alone, and no pool goes on from it: a member "
                     "begins with a data directory of its own");
  }
  if (pool.rules_version > known_rules()) {
    return no_member(Trouble::pool_rules,
                     fmt::format("the log goes on by shared rules of version {}, this program "
                                 "knows version {}: install a newer one",
                                 pool.rules_version, known_rules()));
  }
  // CometBFT would begin with a panic that says nothing of it.
  const auto height = world.local.progress.applied.height;
  std::error_code error;
  if (height > 0 && !std::filesystem::exists(paths.comet() / "data/state.db", error)) {
    return no_member(
        Trouble::pool_consensus,
        fmt::format("the log is of height {} of consensus, whose own blocks are not in "
                    "{}. They belong together: put them back; or take the log away, "
                    "too, and both come from the other members again (docs/pool.md, "
                    "What is where)",
                    height, (paths.comet() / "data").string()));
  }
  return {};
}

// By the events of the log: each commit wakes it.
void await_commit(NodeSystem& node, std::uint64_t& seq) {
  node.self->request(node.journal, look_every, Beyond{seq})
      .receive([&](const Durable& durable) { seq = durable.seq; }, [](const caf::error&) {});
}

}  // namespace

Started<void> join(NodeSystem& node, LogSession& session, const DataPaths& paths) {
  const PoolPaths pool(paths.root);
  if (auto fits = check_log(node, session.world, pool); !fits) return fits;
  const auto& options = *node.options.pool;
  const auto rpc = *Endpoint::parse(fmt::format("http://127.0.0.1:{}", options.rpc_port));
  const auto id = node_id_of(pool.node_key());
  if (!id) {
    return no_member(Trouble::pool_consensus,
                     id.error().what + "; `horae pool join` makes what a member needs");
  }
  node.proposals = std::make_shared<CometProposals>(rpc);
  node.proposer =
      spawn_proposer(node.actors, Threading::own, node.meters->add("proposer"), node.proposals);
  const auto sequence = spawn_pool_sequence(
      node.actors, node.meters->add("sequence"), node.board, session.world.shared,
      session.world.local.progress,
      {options.genesis, options.key,
       endpoint_of(*id + "@" + options.endpoint.shown(), options.link_endpoint.shown()),
       node.options.rule_change, options.keep_heights},
      node.journal, node.proposer);
  node.sequence = sequence;
  node.pool_sequence = sequence;
  const bool founded = session.world.shared.pool.is_founded();
  auto link = PoolLink::start(options, paths.root, rpc,
                              std::make_shared<SequenceForConsensus>(node.actors, sequence),
                              node.board, node.clock);
  if (!link) return tl::unexpected(link.error());
  node.pool = std::move(*link);
  node.board->change<Board::Start>([&](Board::Start& seen) {
    seen.what = founded ? "catching up with the pool"
                        : "waiting for members with more than two thirds of the power";
  });
  if (!founded) {
    node.logger.info(
        "waiting for members with more than two thirds of the power to found the pool");
  }
  CometRpc comet(rpc);
  auto seq = node.board->get<Board::Journal>().seq;
  for (;;) {
    if (stop_asked()) return no_member(Trouble::none, given_up().what);
    if (auto runs = node.pool->tend(); !runs) return runs;
    await_commit(node, seq);
    const auto applied = node.board->get<Board::Consensus>().height;
    const auto status = comet.status();
    const auto known = session.world.local.progress.applied.height;
    if (!status || status->catching_up || status->height == 0 ||
        std::max(applied, known) < status->height) {
      continue;
    }
    if (auto gone_on = session.go_on(); !gone_on) {
      return no_member(Trouble::log_corrupt, gone_on.error().what);
    }
    // A block that an earlier life proposed is ordered before there is another.
    if (!session.world.local.progress.proposed) return {};
  }
}

}  // namespace horae
