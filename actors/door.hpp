#pragma once

#include <atomic>

#include "actors/shell.hpp"

namespace horae {

/// Transactions that were let in at a door and wait for their receipt, over all doors: beyond the
/// limit a door refuses at once (Reason busy), since mailboxes have no bound of their own.
struct Admission {
  explicit Admission(std::uint64_t most) : limit(most) {}
  const std::uint64_t limit;
  std::atomic<std::uint64_t> in_flight{0};
  /// Why nothing is let in, or null. A literal.
  std::atomic<const char*> closed{nullptr};
};

/// A door for threads that are no actors: decodes a raw transaction and recovers its sender (pure,
/// stateless, so there may be many doors), looks its account up, asks the mempool, and calls back
/// with the receipt. Evidence is checked here, too, before the sequence is asked.
door_actor spawn_door(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
                      std::shared_ptr<Admission> admission, std::uint64_t chain_id,
                      accounts_actor accounts, mempool_actor mempool, sequence_actor sequence,
                      world_actor world);

}  // namespace horae
