#pragma once

#include "actors/shell.hpp"
#include "duties/forwarding.hpp"
#include "duties/leader_watch.hpp"
#include "events/pool/pool.hpp"
#include "storage/log.hpp"

namespace horae {

struct ForwarderOptions {
  Address me;
  PoolAgreement pool;                                     // as the log has it
  std::optional<Address> leader;                          // who makes the blocks now
  std::vector<std::pair<std::uint64_t, Hash32>> waiting;  // record and hash of each
  std::uint64_t seq = 0;                                  // up to which the log says all that
};

/// Whom the forwarder tells what it sees; nobody where there is none.
struct ForwarderListeners {
  pool_sequence_actor sequence = {};   // whether the leader is gone, as the links show it
  copier_actor copier = {};            // whom it can ask, and what a block has
  penalty_monitor_actor monitor = {};  // what the leader refused, once a tick
  block_producer_actor producer = {};  // that this node's turn begins
};

/// Hands what users sent to this node to the pool's leader, at once and many at a time, until it is
/// in a block or has another fate; and tells the links whom there is to speak with. Follows the log
/// for all of it. What the leader refuses waits on here: the next leader may take it.
forwarder_actor spawn_forwarder(caf::actor_system& system, Threading threading,
                                std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                                ForwarderOptions options, std::unique_ptr<LogReader> log,
                                std::shared_ptr<LinkPort> members, ForwarderListeners listeners,
                                journal_actor journal);

}  // namespace horae
