#pragma once

#include <caf/actor.hpp>

#include "actors/shell.hpp"
#include "duties/l1_compare.hpp"
#include "events/locking/locking.hpp"

namespace horae {

struct ListenOptions {
  std::uint64_t chain_id = 0;
  Address locking_pool, locking_info;
  std::uint64_t from_block = 0;
  std::optional<std::uint64_t> confirmations;  // none: the endpoint's finalized block
};

/// Follows LockingPool and LockingInfo on a thread of its own, from what the state knows on, and
/// tells the sequence. Ends with the object: a blocked call to the endpoint is cancelled.
class L1Listener {
 public:
  L1Listener(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
             std::shared_ptr<Board> board, std::shared_ptr<L1Port> l1, ListenOptions options,
             Locking state, sequence_actor sequence, L1Told told);
  ~L1Listener();
  L1Listener(const L1Listener&) = delete;
  L1Listener& operator=(const L1Listener&) = delete;

 private:
  caf::actor_system& system_;
  std::shared_ptr<L1Port> l1_;
  caf::actor actor_;
};

}  // namespace horae
