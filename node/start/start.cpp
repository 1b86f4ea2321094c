#include "node/start/start.hpp"

#include <fmt/core.h>
#include <unistd.h>
#include <caf/send.hpp>

#include "actors/archive.hpp"
#include "actors/block_executor.hpp"
#include "actors/block_finder.hpp"
#include "actors/block_producer.hpp"
#include "actors/chain_log.hpp"
#include "actors/checkpointer.hpp"
#include "actors/engine.hpp"
#include "actors/evidence_checker.hpp"
#include "actors/journal.hpp"
#include "actors/mempool.hpp"
#include "actors/mentions.hpp"
#include "actors/world.hpp"
#include "core/checkpoint.hpp"
#include "core/eth/txn.hpp"
#include "core/shell_word.hpp"
#include "edges/engine.hpp"
#include "edges/l1_rpc.hpp"
#include "edges/stop_signals.hpp"
#include "node/keys/key_file.hpp"
#include "node/pool/genesis_fits.hpp"
#include "node/pool/revoke_block.hpp"
#include "node/pool/yield_turn.hpp"
#include "node/rpc/methods.hpp"
#include "node/start/alone.hpp"
#include "node/start/l1_meeting.hpp"
#include "node/start/log_session.hpp"
#include "node/start/member_links.hpp"
#include "node/start/pool_duties.hpp"
#include "node/start/pool_member.hpp"
#include "node/start/rules.hpp"
#include "node/start/signals.hpp"
#include "node/start/step.hpp"
#include "storage/disk_trouble.hpp"

namespace horae {
namespace {

// Records entered between two looks whether the start is still wanted.
constexpr std::uint64_t lookups_stride = 50'000;
// What is entered into the lookups; where it changes, they are built anew.
constexpr const char* lookups_version = " 2";

tl::unexpected<Failure> failed(Trouble trouble, std::string what) {
  return tl::unexpected(Failure{trouble, std::move(what)});
}

// A step of the start that is not counted.
void tell_step(Board& board, const std::string& what) {
  board.change<Board::Start>([&](Board::Start& seen) {
    seen.state = "starting";
    seen.what = what;
    seen.total = 0;
  });
}

// The engine was cancelled by a stop, or is not there.
tl::unexpected<Failure> without_engine(const std::string& what) {
  if (stop_asked()) return failed(Trouble::none, given_up().what);
  return failed(Trouble::engine_unreachable, what);
}

Started<void> meet_engine(NodeSystem& node) {
  const auto id = node.engine_port->chain_id();
  if (!id) return without_engine("the engine does not answer: " + id.error().what);
  if (*id != node.options.sequence->chain_id) {
    return failed(Trouble::engine_chain, fmt::format("the engine has chain id {}, wanted {}", *id,
                                                     node.options.sequence->chain_id));
  }
  if (const auto door = node.engine_port->takes_blocks(); !door) {
    return without_engine("the engine takes no blocks: " + door.error().what);
  }
  const auto genesis = node.engine_port->block(0);
  if (!genesis || !*genesis) {
    return without_engine("the engine does not tell its block 0: " +
                          (genesis ? std::string("it has none") : genesis.error().what));
  }
  node.genesis = **genesis;
  if (!node.options.pool) return {};
  const auto pool = block_zero_of(node.options.pool->genesis.read());
  if (!pool || *pool == node.genesis.hash) return {};
  return failed(Trouble::engine_chain,
                fmt::format("the engine's block 0 is {}, the pool's is {} (pool.genesis): it was "
                            "begun with other settings than the other members' engines",
                            to_hex(node.genesis.hash), to_hex(*pool)));
}

// What this node takes its log to be; the log's own key is made with the log.
Started<Identity> wanted_identity(NodeSystem& node, const LogSession& session,
                                  const DataPaths& paths) {
  const auto& follow = node.options.follow;
  const auto& known = session.world.local.node;
  Identity out;
  out.l1_chain_id = node.l1_chain_id;
  out.from_block = known.open ? follow.from_block : node.l1_from_block;
  out.locking_pool = follow.locking_pool;
  out.locking_info = follow.locking_info;
  if (const auto& sequence = node.options.sequence) {
    out.l2_chain_id = sequence->chain_id;
    // Logs of members of before they had engines name none.
    const bool names_none = node.options.pool && known.open && known.identity.engine.empty();
    if (!names_none) {
      out.genesis_time = sequence->genesis_time;
      out.engine = sequence->engine_flags;
      out.l2_genesis = node.genesis.hash;
    }
  }
  auto key = log_key(paths.log_key(), !known.open);
  if (!key || (known.open && key->public_key() != known.identity.log_public_key)) {
    return failed(Trouble::log_key, "the log's own key: " +
                                        (key ? std::string("it is not the one that the log names")
                                             : key.error().what) +
                                        "; put log/key.pem back from a copy of log/");
  }
  out.log_public_key = key->public_key();
  node.log_key = std::make_shared<const Ed25519Key>(std::move(*key));
  return out;
}

void spawn_checkpoints(NodeSystem& node, const LogSession& session, const DataPaths& paths,
                       const Identity& identity) {
  const Logger logger("checkpointer");
  if (session.checkpointed == 0 && session.world.seq > 0) {
    logger.warn(
        "no checkpoint beside the log: nothing vouches for its end; a new one is signed from here "
        "on",
        {{"records", session.world.seq}});
  }
  CheckpointerOptions options;
  options.origin = log_origin(identity.l1_chain_id, identity.l2_chain_id, identity.log_public_key);
  options.key = node.log_key;
  options.file = paths.checkpoint();
  options.size = session.checkpointed;
  options.on_trouble = [logger](const Fault& fault) {
    logger.warn("the log's checkpoint: " + fault.what + "; it is tried again and again");
  };
  options.on_mended = [logger] { logger.info("the log's checkpoint is written again"); };
  node.checkpointer =
      spawn_checkpointer(node.actors, Threading::own, node.meters->add("checkpointer"),
                         std::move(options), node.journal);
  caf::anon_send(node.checkpointer, caf::tick_atom::value);
}

// One record opens a new log, one each start; a log of another identity is refused before either.
Started<void> begin_log(NodeSystem& node, const LogSession& session, const DataPaths& paths) {
  const auto identity = wanted_identity(node, session, paths);
  if (!identity) return tl::unexpected(identity.error());
  node.log_public_key = identity->log_public_key;
  auto state = session.world.local.node;
  if (!state.open) {
    node.append<schema::NodeFact>(state, open_log(state, *identity));
  } else if (const auto what = difference(state.identity, *identity); !what.empty()) {
    return failed(Trouble::directory_identity, "the data directory " + paths.root.string() +
                                                   " belongs to another node: " + what);
  }
  node.append<schema::NodeFact>(state, start_node(state, HORAE_VERSION));
  spawn_checkpoints(node, session, paths, *identity);
  return {};
}

void spawn_core(NodeSystem& node, const LogSession& session) {
  JournalOptions options;
  options.batch_facts = node.options.limits.commit_facts;
  options.batch_bytes = std::size_t{node.options.limits.commit_mib} << 20;
  options.on_failure = [environment = session.environment](const Fault& fault) {
    end_at_disk(*environment, fault);
  };
  node.journal = spawn_journal(node.actors, Threading::own, *node.meters, node.board,
                               std::make_unique<LogWriter>(session.environment), node.clock,
                               session.position, options);
}

Started<void> spawn_read_side(NodeSystem& node, const LogSession& session, const DataPaths& paths) {
  auto log = std::make_unique<LogReader>(session.environment);
  // Beside an older copy of the log that somebody put back, the lookups are ahead: they begin anew.
  std::shared_ptr<Lookups> owned;
  for (bool fits = false; !fits;) {
    owned.reset();
    auto lookups =
        Lookups::open({paths.lookups(), to_hex(node.log_public_key) + lookups_version, {}});
    if (!lookups) return failed(Trouble::lookups, "the lookups: " + lookups.error().what);
    owned = std::make_shared<Lookups>(std::move(*lookups));
    const auto position = owned->position();
    if (!position) return failed(Trouble::lookups, "the lookups: " + position.error().what);
    fits = *position <= session.world.seq;
    if (!fits) {
      owned.reset();
      std::filesystem::remove_all(paths.lookups());
    }
  }
  Step step("indexing", {"entering the log into the lookups", "record", 0, session.world.seq},
            node.board.get());
  for (std::uint64_t until = 0; until < session.world.seq;) {
    if (!step.at(until)) return failed(Trouble::none, given_up().what);
    until = std::min(until + lookups_stride, session.world.seq);
    if (auto done = catch_up(*owned, *log, until); !done) {
      return failed(Trouble::log_corrupt, "the lookups: " + done.error().what);
    }
  }
  node.keeper = std::make_unique<SnapshotKeeper>(paths.snapshots());
  node.world = spawn_world(
      node.actors, Threading::own, node.meters->add("world"), node.board,
      {session.world, session.watch, session.hashes}, std::move(log), owned, node.journal,
      {session.taker,
       [keeper = node.keeper.get()](TakenSnapshot taken) { keeper->keep(std::move(taken)); }});
  node.archive =
      spawn_archive(node.actors, Threading::own, node.meters->add("archive"),
                    std::make_unique<LogReader>(session.environment), std::move(owned), node.world);
  node.board->sealed_head.store(session.world.shared.blocks.head.number);
  return {};
}

// Equal, behind, ahead or unknown: afterwards the engine's head is the log's.
Started<void> sync_engine(NodeSystem& node, const LogSession& session) {
  ChainLog chain(session.environment, node.genesis.hash,
                 [] { return stop_asked() ? std::optional(given_up()) : std::nullopt; });
  const auto blocks = session.world.shared.blocks.head.number;
  const auto& shared = session.world.shared;
  chain.end_at(blocks, session.world.seq, shared.blocks.revoked);
  if (blocks > 0) node.logger.info("bringing the engine to the log's head", {{"block", blocks}});
  Step step("executing", {"executing logged blocks on the engine", "block", 0, blocks},
            node.board.get());
  const auto done = reconcile(*node.engine_port, chain, [&](std::uint64_t at, std::uint64_t) {
    step.at(at);
    return true;
  });
  // A block that members may still revoke is one for the pool to look at, not for the start.
  if (!done && done.error().block && is_revocable(shared.blocks, done.error().block->number)) {
    node.logger.warn("the engine has a block otherwise than it is sealed, and the pool is told",
                     {{"why", done.error().what}});
    node.board->engine_head.store(done.error().block->number - 1);
    return {};
  }
  if (!done) {
    if (is_given_up({done.error().what})) return failed(Trouble::none, done.error().what);
    const auto what = "the engine does not follow the log: " + done.error().what;
    // What is there and refuses will refuse again.
    const bool answers =
        done.error().kind == CatchUpFault::differs || node.engine_port->head().has_value();
    return answers ? failed(Trouble::engine_differs, what) : without_engine(what);
  }
  node.board->engine_head.store(blocks);
  return {};
}

bool same(const MempoolParameters& now, schema::MempoolParameters::Reader wanted) {
  return now.chain_id == wanted.getChainId() && now.per_sender == wanted.getPerSender() &&
         now.total == wanted.getTotal() && now.bump_percent == wanted.getBumpPercent() &&
         now.nonce_window == wanted.getNonceWindow() &&
         now.txn_gas_limit == wanted.getTxnGasLimit() &&
         now.min_fee == read_u256(wanted.getMinFee()) &&
         now.gap_lifetime == wanted.getGapLifetime();
}

void set_mempool_rules(NodeSystem& node, const LogSession& session) {
  const auto& options = *node.options.sequence;
  const auto parameters = mempool_rules(options, node.options.limits);
  if (!same(session.world.local.mempool.parameters, parameters.read().getSetParameters())) {
    node.ask(node.mempool, parameters, Cause{0});
  }
}

// The record of the last block that the mempool has included, which may be revoked by now.
Started<std::uint64_t> included_at(const NodeSystem& node, const LogSession& session) {
  const auto& pool = session.world.local.mempool;
  if (pool.included_block == 0) return 0;
  const auto& revoked = session.world.shared.blocks.revoked;
  BlockFinder blocks(node.environment, session.world.seq, revoked);
  const auto found = is_revoked(revoked, pool.included_block, pool.included_epoch)
                         ? blocks.find(pool.included_block, pool.included_epoch)
                         : blocks.find(pool.included_block);
  if (!found) return failed(Trouble::log_corrupt, found.error().what);
  return found->seq;
}

// The block that the engine is at, as the log has it.
struct EngineAt {
  Hash32 hash;
  std::uint64_t seq = 0;  // its record; 0: it is the genesis
};
Started<EngineAt> engine_at_block(const NodeSystem& node, const LogSession& session) {
  const auto& chain = session.world.shared.blocks;
  const auto number = node.board->engine_head.load();
  if (number == 0) return EngineAt{chain.genesis_hash, 0};
  const auto found = BlockFinder(node.environment, session.world.seq, chain.revoked).find(number);
  if (!found) return failed(Trouble::log_corrupt, found.error().what);
  return EngineAt{fixed<Hash32>(found->fact.read().getBlockSealed().getHeader().getBlockHash()),
                  found->seq};
}

void end_by_difference(const std::string& what) {
  end_at_once({Trouble::engine_differs, "the engine does not follow the log: " + what});
}

// The engine has the log's blocks; whatever the mempool lacks of them is included now. Returns what
// its record of the head is durable at.
Started<std::uint64_t> spawn_executor(NodeSystem& node, const LogSession& session) {
  const auto& chain = session.world.shared.blocks;
  auto from = included_at(node, session);
  if (!from) return from;
  const auto at = engine_at_block(node, session);
  if (!at) return tl::unexpected(at.error());
  node.executor = spawn_block_executor(
      node.actors, Threading::own, node.meters->add("block executor"), node.board,
      {{node.signers.begin(), node.signers.end()},
       node.board->engine_head.load(),
       at->hash,
       session.world.local.mempool.included_block,
       session.world.local.mempool.included_epoch,
       *from,
       at->seq,
       safe_block(chain),
       session.world.seq,
       chain.revoked,
       node.pool_sequence,
       end_by_difference},
      std::make_unique<LogReader>(node.environment), node.engine, node.mempool, node.journal);
  // One that is revoked meanwhile is asked for once more: another has its number.
  BlockTaken taken;
  do {
    node.self->request(node.executor, caf::infinite, AwaitBlock{chain.head.number})
        .receive([&](const BlockTaken& answer) { taken = answer; }, on_lost("the start"));
  } while (taken.revoked);
  return taken.seq;
}

Started<void> spawn_sequencing(NodeSystem& node, const LogSession& session) {
  const auto& options = *node.options.sequence;
  node.mempool = spawn_mempool(node.actors, node.meters->add("mempool"),
                               session.world.local.mempool, node.journal);
  set_mempool_rules(node, session);
  if (auto done = sync_engine(node, session); !done) return done;
  node.engine = spawn_engine(
      node.actors, Threading::own, node.meters->add("engine"), node.board, node.engine_port,
      std::make_unique<ChainLog>(node.environment, node.genesis.hash,
                                 [board = node.board] {
                                   return board->stopping
                                              ? std::optional(Fault{"the node is stopping"})
                                              : std::nullopt;
                                 }),
      {.on_difference = end_by_difference,
       .seq = session.world.seq,
       .revoked = session.world.shared.blocks.revoked});
  const auto seen = spawn_executor(node, session);
  if (!seen) return tl::unexpected(seen.error());
  // A connection of its own: look-ups do not wait for a block that is being built.
  node.account_port = engine_at(options.engine);
  node.accounts = spawn_accounts(node.actors, Threading::own, node.meters->add("accounts"),
                                 node.board, node.account_port, node.engine);
  node.producer = spawn_block_producer(
      node.actors, node.meters->add("block producer"), node.board, node.clock,
      {options.block_time_s, options.chain_id, options.keys, *seen, node.pool_sequence,
       node.options.pool ? node.options.pool->stall_limit_s : 0},
      node.world, node.engine, node.executor, node.sequence, node.mempool);
  for (unsigned i = 0; i < node.options.limits.doors; ++i) {
    node.doors.push_back(spawn_door(node.actors, Threading::own,
                                    node.meters->add("door " + std::to_string(i + 1)),
                                    node.admission, options.chain_id, node.accounts, node.mempool));
  }
  node.evidence =
      spawn_evidence_checker(node.actors, Threading::own, node.meters->add("evidence checker"),
                             node.admission, node.world, node.sequence);
  node.client = std::make_shared<Client>(node.actors, node.meters->add("client"), node.admission,
                                         node.doors, node.evidence, node.world, node.archive);
  if (auto done = spawn_pool_duties(node, session); !done) return done;
  return spawn_links(node, session);
}

Started<void> open_rpc(NodeSystem& node) {
  const auto& options = *node.options.sequence;
  node.backend =
      std::make_unique<NodeBackend>(node.client, node.copier, node.options.vitals, options.chain_id,
                                    options.engine, node.options.limits);
  auto server = std::make_shared<rpc::JsonRpcServer>(
      rpc::methods(*node.backend, node.options.limits), node.options.limits);
  rpc::HttpServerOptions http;
  http.connections_max = node.options.limits.rpc_connections;
  http.body_max_bytes = std::size_t{node.options.limits.rpc_body_kib} << 10;
  http.port = options.rpc_port;
  http.hosts = options.rpc_vhosts;
  http.origins = options.rpc_cors;
  http.gives_way = true;
  http.drain_timeout_ms = 500;  // after NodeSystem's patience with them
  auto opened = rpc::HttpServer::start(
      http, [server](const std::string& body, std::function<void(std::string)> respond) {
        server->handle(body, std::move(respond));
      });
  if (!opened) return failed(Trouble::port_taken, opened.error().what);
  node.rpc = std::move(*opened);
  node.board->rpc_open = true;
  return {};
}

// What its operator can tell it while it runs, one word at a time. The actors outlive the
// inspector, which calls this on its thread.
ObeyWord obeys(NodeSystem& node) {
  return [&node](OperatorWord word, std::function<void(WordOutcome)> told) {
    if (!node.pool_sequence) {
      return told({WordOutcome::refused, "this node is alone: it is in no pool"});
    }
    switch (word.kind) {
      case OperatorWord::yield_turn:
        node.obeying = yield_turn(node.actors, node.world, node.pool_sequence,
                                  node.board->get<Board::Consensus>().me,
                                  node.board->get<Board::Journal>().seq, std::move(told));
        return;
      case OperatorWord::revoke_block:
        node.obeying = revoke_block(node.actors, node.pool_sequence, word.block, std::move(told));
    }
  };
}

}  // namespace

Started<std::unique_ptr<NodeSystem>> start_system(const DataPaths& paths, Node::Options options) {
  const Logger logger("node");
  logger.info("replaying the log", {{"directory", paths.log().string()}});
  auto& board = *options.vitals.board;
  board.change<Board::Start>([&](Board::Start& seen) {
    seen.state = "replaying";
    seen.what = "opening the log";
    seen.sequencing = options.sequence.has_value();
    if (options.sequence) seen.block_time_s = options.sequence->block_time_s;
  });
  const auto began_ms = Board::now_ms();
  auto session =
      LogSession::open(paths, options.log_map_bytes,
                       options.verify_first ? StartFrom::beginning : StartFrom::snapshot, &board);
  if (!session) {
    if (is_given_up(session.error())) return failed(Trouble::none, session.error().what);
    const bool permitted = ::access((paths.log() / "data.mdb").c_str(), R_OK | W_OK) == 0;
    return failed(
        permitted ? Trouble::log_corrupt : Trouble::directory_access,
        fmt::format("the log in {}: {}; `horae-replay verify --datadir {}` tells more, and "
                    "a copy of log/ put back in its place goes on from there",
                    paths.log().string(), session.error().what, shell_word(paths.root.string())));
  }
  for (const auto& why : session->refused) Logger("snapshots").warn(why);
  if (session->used) {
    const auto seq = session->used->header.seq;
    logger.info("went on from a snapshot", {{"record", seq}, {"behind", session->world.seq - seq}});
  }
  board.change<Board::Start>([&](Board::Start& seen) {
    seen.replayed = true;
    seen.replay_ms = Board::now_ms() - began_ms;
    seen.replay_from = session->used ? session->used->header.seq : 0;
  });
  tell_step(board, "meeting the engine and L1");
  auto node = std::make_unique<NodeSystem>(std::move(options));
  node->environment = session->environment;
  if (node->options.sequence) {
    node->engine_port = engine_at(node->options.sequence->engine);
    for (const auto& key : node->options.sequence->keys) {
      node->signers.push_back(address_of(public_key(*key)));
    }
  }
  // A silent engine must not hold a stop up.
  const WhenStopAsked give_up([port = node->engine_port] {
    if (port) port->cancel();
  });
  if (node->options.sequence) {
    if (auto done = meet_engine(*node); !done) return tl::unexpected(done.error());
  }
  if (auto done = meet_l1(*node, session->world.local.node); !done) {
    return tl::unexpected(done.error());
  }
  if (node->options.sequence && !node->options.pool) {
    if (auto fits = check_alone(*node, session->world.shared); !fits) {
      return tl::unexpected(fits.error());
    }
  }
  spawn_core(*node, *session);
  if (auto done = begin_log(*node, *session, paths); !done) return tl::unexpected(done.error());
  auto begun = node->options.pool ? join(*node, *session, paths) : begin_alone(*node, *session);
  if (!begun) return tl::unexpected(begun.error());
  if (auto done = spawn_read_side(*node, *session, paths); !done) {
    return tl::unexpected(done.error());
  }
  if (node->options.sequence) {
    if (auto done = spawn_sequencing(*node, *session); !done) {
      return tl::unexpected(done.error());
    }
  }
  tell_step(board, "opening the doors");
  const auto& follow = node->options.follow;
  node->listener = std::make_unique<L1Listener>(
      node->actors, node->meters->add("L1 listener"), node->board,
      std::make_shared<L1Rpc>(follow.l1),
      ListenOptions{node->l1_chain_id, follow.locking_pool, follow.locking_info,
                    node->l1_from_block, follow.confirmations,
                    node->options.pool ? node->options.pool->genesis.read().getL1Step() : 0},
      node->sequence, node->world, node->producer, std::make_unique<LogReader>(node->environment),
      node->options.on_l1);
  // Where even the list of readers cannot be had, the log itself ends the node.
  auto inspect = InspectServer::start(
      paths.inspect_socket(), node->meters, node->board, node->clock,
      {.connections = node->options.limits.inspect_connections},
      [environment = node->environment] {
        return log_readers(*environment).value_or(std::vector<LogReading>{});
      },
      obeys(*node));
  if (!inspect) return failed(Trouble::inspect_socket, inspect.error().what);
  node->inspect = std::move(*inspect);
  if (node->options.sequence) {
    caf::anon_send(node->producer, caf::tick_atom::value);
    begin_pool_duties(*node);
    begin_links(*node);
    node->engine_watch = std::make_unique<EngineWatch>(
        EngineWatch::Options{node->options.sequence->engine, node->options.sequence->engine_home,
                             [engine = node->engine] { caf::anon_send(engine, CheckEngine{}); }},
        node->board);
    if (auto done = open_rpc(*node); !done) return tl::unexpected(done.error());
  }
  if (session->used) {
    node->verification = std::make_unique<Verification>(
        Verification::Options{node->environment, *session->used, node->board,
                              [paths](const Fault& fault) { end_at_difference(paths, fault); }});
  }
  board.change<Board::Start>([](Board::Start& seen) { seen.state = "done"; });
  return node;
}

}  // namespace horae
