#include "node/start/pool_duties.hpp"

#include <caf/send.hpp>

#include "actors/mpc_round_manager.hpp"
#include "actors/penalty_monitor.hpp"
#include "actors/reward_accountant.hpp"
#include "actors/submitter.hpp"
#include "core/crypto/secp256k1.hpp"
#include "edges/l1_send.hpp"
#include "edges/local_member.hpp"
#include "node/start/rules.hpp"

namespace horae {
namespace {

constexpr std::uint64_t submitter_poll_ms = 500;
// mpc.md: a signature that is not there after so long is proposed again.
constexpr std::uint64_t round_timeout_ms = 30'000;

tl::unexpected<Failure> failed(std::string what) {
  return tl::unexpected(Failure{Trouble::rules_refused, std::move(what)});
}

// What configures a local rule: decided here, before its actor begins with the state.
template <class FactSchema, class State, class Command>
Started<void> set_local_rules(NodeSystem& node, State& state, const Msg<Command>& command) {
  auto decision = decide(state, command.read());
  if (!decision.ok()) return failed(decision.detail);
  node.append<FactSchema>(state, std::move(decision));
  return {};
}

Started<void> spawn_reward_batches(NodeSystem& node, const LogSession& session) {
  const auto& options = *node.options.sequence;
  const auto& key = options.reward_mpc_key;
  const auto address = address_of(public_key(*key));
  auto submissions = session.world.local.submissions;
  if (auto set =
          set_local_rules<schema::SubmissionsFact>(node, submissions, submission_rules(options));
      !set) {
    return set;
  }
  node.member = spawn_member(node.actors, Threading::own, node.meters->add("MPC member"),
                             std::make_shared<LocalMember>(key));
  node.rounds = spawn_round_manager(
      node.actors, node.meters->add("MPC round manager"), node.clock, session.world.local.rounds,
      session.world.shared.mpc, {{address, node.member}}, node.world, node.journal, node.sequence);
  node.l1_sender = std::make_shared<L1Sender>(node.options.follow.l1);
  node.submitter =
      spawn_submitter(node.actors, Threading::own, node.meters->add("L1 submitter"), node.board,
                      node.clock, {node.l1_chain_id, submitter_poll_ms, round_timeout_ms},
                      std::move(submissions), node.rounds, node.journal, node.l1_sender);
  node.accountant =
      spawn_reward_accountant(node.actors, node.meters->add("reward accountant"), node.board,
                              {address, next_reward_key(*key, node.l1_chain_id)}, node.world,
                              node.sequence, node.submitter);
  return {};
}

Started<void> spawn_monitor(NodeSystem& node, const LogSession& session) {
  MonitorStart start{session.world.seq, session.watch.newest_blocks(),
                     session.world.local.observations};
  if (auto set = set_local_rules<schema::PenaltiesFact>(node, start.observations,
                                                        observation_rules(*node.options.sequence));
      !set) {
    return set;
  }
  node.monitor = spawn_penalty_monitor(
      node.actors, Threading::own, node.meters->add("penalty monitor"), node.clock,
      node.options.sequence->block_time_s * 1000, std::move(start),
      std::make_unique<LogReader>(session.environment), node.world, node.journal, node.sequence);
  return {};
}

// The key of the reward batches is made by the node that holds it.
Started<void> create_reward_key(NodeSystem& node) {
  const auto& key = *node.options.sequence->reward_mpc_key;
  const auto receipt = node.ask(node.sequence, reward_key(key, node.l1_chain_id), Cause{0});
  if (receipt.read().isAccepted()) return {};
  const auto rejected = receipt.read().getRejected();
  const std::string why = rejected.getDetail().cStr();
  // Another key than the log's follows it once LockingPool takes batches from it, which the reward
  // accountant sees to.
  if (rejected.getReason() != schema::Reason::WRONG_KEY) return failed(why);
  node.logger.warn("the key for reward batches is another than the log's", {{"why", why}});
  return {};
}

}  // namespace

Started<void> spawn_pool_duties(NodeSystem& node, const LogSession& session) {
  const auto& options = *node.options.sequence;
  if (options.reward_mpc_key) {
    // In a pool its genesis has named it.
    if (auto made = node.options.pool ? Started<void>{} : create_reward_key(node); !made) {
      return made;
    }
    if (auto spawned = spawn_reward_batches(node, session); !spawned) return spawned;
  }
  return spawn_monitor(node, session);
}

void begin_pool_duties(NodeSystem& node) {
  if (node.submitter) caf::anon_send(node.submitter, caf::tick_atom::value);
  caf::anon_send(node.monitor, caf::tick_atom::value);
  if (node.accountant) caf::anon_send(node.accountant, caf::tick_atom::value);
}

}  // namespace horae
