#pragma once

#include <fmt/core.h>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/client.hpp"
#include "actors/door.hpp"
#include "actors/l1_listener.hpp"
#include "core/crypto/ed25519.hpp"
#include "core/crypto/secp256k1.hpp"
#include "edges/engine.hpp"
#include "edges/member_links.hpp"
#include "edges/system_clock.hpp"
#include "node/http/server.hpp"
#include "node/inspect/server.hpp"
#include "node/node.hpp"
#include "node/pool/pool_link.hpp"
#include "node/rpc/node_backend.hpp"
#include "node/watch/engine_watch.hpp"
#include "node/watch/room_watch.hpp"
#include "node/watch/snapshot_keeper.hpp"
#include "node/watch/verification.hpp"
#include "storage/environment.hpp"
#include "telemetry/logger.hpp"

// The inside of a Node: for node.cpp and start.cpp.
namespace horae {

/// One queue for all threads, at which the idle ones sleep. Threads that steal from one another
/// poll for work, which took a third of a busy node's CPU (tests/bench/turns.mjs: without that,
/// four nodes on two cores come to 1.4 times as many transactions a second).
struct SchedulerConfiguration : caf::actor_system_config {
  explicit SchedulerConfiguration(unsigned threads) {
    set("scheduler.max-threads", threads);
    set("scheduler.policy", caf::atom("sharing"));
  }
};

/// Everything that runs, in the order in which it is made.
struct NodeSystem {
  explicit NodeSystem(Node::Options wanted)
      : options(std::move(wanted)),
        configuration(options.limits.actor_threads),
        actors(configuration),
        self(actors) {}

  Node::Options options;
  Logger logger{"node"};
  Logger log_logger{"log"};
  SchedulerConfiguration configuration;
  caf::actor_system actors;
  caf::scoped_actor self;
  std::shared_ptr<Environment> environment;
  std::shared_ptr<Meters> meters = options.vitals.meters;
  std::shared_ptr<Board> board = options.vitals.board;
  std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>();
  std::shared_ptr<Admission> admission = options.vitals.admission;

  RoomWatch room{admission, board};

  std::unique_ptr<SnapshotKeeper> keeper;
  journal_actor journal;
  checkpointer_actor checkpointer;
  sequence_actor sequence;
  pool_sequence_actor pool_sequence;  // the same, in a pool
  proposer_actor proposer;
  std::shared_ptr<ProposePort> proposals;
  std::unique_ptr<PoolLink> pool;
  mempool_actor mempool;
  world_actor world;
  archive_actor archive;
  engine_actor engine;
  block_executor_actor executor;
  std::shared_ptr<MemberLinks> links;  // in a pool
  forwarder_actor forwarder;
  copier_actor copier;  // where acknowledgements wait for other members
  accounts_actor accounts;
  block_producer_actor producer;
  member_actor member;
  round_manager_actor rounds;
  submitter_actor submitter;
  reward_accountant_actor accountant;
  penalty_monitor_actor monitor;
  std::vector<door_actor> doors;
  evidence_checker_actor evidence;
  std::shared_ptr<Client> client;
  std::shared_ptr<L1SendPort> l1_sender;
  std::shared_ptr<EnginePort> engine_port;
  std::shared_ptr<EnginePort> account_port;  // another connection to the same engine
  EngineBlock genesis;
  std::vector<Address> signers;
  Hash32 log_public_key;
  std::shared_ptr<const Ed25519Key> log_key;
  std::uint64_t l1_chain_id = 0;
  std::uint64_t l1_from_block = 0;  // as the log has it
  std::unique_ptr<L1Listener> listener;
  std::unique_ptr<NodeBackend> backend;
  std::unique_ptr<rpc::HttpServer> rpc;
  std::unique_ptr<InspectServer> inspect;
  caf::actor obeying;  // does what the operator said last
  std::unique_ptr<Verification> verification;
  std::unique_ptr<EngineWatch> engine_watch;

  /// Asks and waits; only for start and stop, on the main thread.
  template <class Handle, class... Args>
  Receipt ask(const Handle& actor, Args&&... args) {
    Receipt out;
    self->request(actor, caf::infinite, std::forward<Args>(args)...)
        .receive([&](const Receipt& receipt) { out = receipt; }, on_lost("the start"));
    return out;
  }

  /// Applies a decision of a state that no actor owns yet, and waits until it is durable.
  template <class FactSchema, class State>
  void append(State& state, Decision decision) {
    apply_all<FactSchema>(state, decision);
    ask(journal, Append{std::move(decision), 0});
  }

  template <class Handle>
  void end(Handle& actor) {
    if (!actor) return;
    self->send_exit(actor, caf::exit_reason::user_shutdown);
    self->wait_for(actor);
    actor = nullptr;
  }

  /// Nobody is left who could append: waits for the last commit and signs the log's end.
  void conclude() {
    if (!checkpointer) return;
    ask(journal, Append{});
    self->request(checkpointer, caf::infinite, WriteCheckpoint{})
        .receive(
            [](const CheckpointWritten& written) {
              if (!written.done) {
                Logger("checkpointer")
                    .warn("the log's last checkpoint cannot be written",
                          {{"why", written.done.error().what}});
              }
            },
            on_lost("the stop"));
  }

  /// Whoever is going to stop gives its turn to the next, so that no block time is lost.
  void yield_turn() {
    if (!pool_sequence) return;
    self->request(pool_sequence, std::chrono::seconds(2), YieldTurn{})
        .receive([](const Receipt&) {}, [](const caf::error&) {});
  }

  ~NodeSystem() {
    yield_turn();
    // Whoever asks ends before whoever answers: no request is left without an answer.
    admission->closed.store(&closed_by_stop);
    verification.reset();
    engine_watch.reset();
    board->rpc_open = false;
    // What is under way may end; what a silent engine or L1 holds up is told that it is over.
    if (rpc) rpc->drain(std::chrono::milliseconds(500));
    for (const auto& port : {engine_port, account_port}) {
      if (port) port->cancel();
    }
    if (backend) backend->stop();
    if (rpc) rpc->stop();
    inspect.reset();
    end(obeying);
    if (l1_sender) l1_sender->cancel();
    if (links) links->end();
    end(forwarder);
    end(copier);
    links.reset();
    end(producer);
    end(monitor);
    end(accountant);
    end(submitter);
    end(rounds);
    end(member);
    listener.reset();
    if (client) end(client->actor());
    for (auto& door : doors) end(door);
    end(evidence);
    end(accounts);
    end(executor);
    end(engine);
    end(archive);
    end(world);
    end(mempool);
    if (proposals) proposals->cancel();
    pool.reset();
    end(proposer);
    pool_sequence = nullptr;
    end(sequence);
    conclude();
    end(checkpointer);
    end(journal);
  }
};

}  // namespace horae
