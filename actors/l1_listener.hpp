#pragma once

#include <caf/actor.hpp>

#include "actors/shell.hpp"
#include "duties/l1_compare.hpp"
#include "storage/log.hpp"

namespace horae {

struct ListenOptions {
  std::uint64_t chain_id = 0;
  Address locking_pool, locking_info;
  std::uint64_t from_block = 0;
  std::optional<std::uint64_t> confirmations;  // none: the endpoint's finalized block
  std::uint64_t pool_step = 0;                 // L1FollowOptions::pool_step
};

/// Follows LockingPool and LockingInfo on a thread of its own (duties/l1_follow.hpp says how) and
/// tells the sequence. Decides and folds nothing: what its commands led to it asks the world, and
/// reads from the log. The producer, where there is one, is told while L1's view is in doubt. Ends
/// with the object: a blocked call to the endpoint is cancelled.
class L1Listener {
 public:
  L1Listener(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
             std::shared_ptr<Board> board, std::shared_ptr<L1Port> l1, ListenOptions options,
             sequence_actor sequence, world_actor world, block_producer_actor producer,
             std::unique_ptr<LogReader> log, L1Told told);
  ~L1Listener();
  L1Listener(const L1Listener&) = delete;
  L1Listener& operator=(const L1Listener&) = delete;

 private:
  caf::actor_system& system_;
  std::shared_ptr<L1Port> l1_;
  caf::actor actor_;
};

}  // namespace horae
