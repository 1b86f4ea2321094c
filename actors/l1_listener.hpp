#pragma once

#include <caf/actor.hpp>
#include <functional>

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

/// What the listener has to say beyond the Board: at the confirmed head, after anything new was
/// folded, in what the contracts' views and the fold differ; and once if it can go on no more.
struct L1News {
  std::uint64_t head = 0;  // confirmed
  std::vector<Difference> differences;
  std::string uncompared;  // why the endpoint does not answer the views there; empty if it does
  std::string alarm;       // why it stopped; empty if it did not
};
using L1Told = std::function<void(const L1News&)>;

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
