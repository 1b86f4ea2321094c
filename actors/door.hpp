#pragma once

#include <array>
#include <atomic>

#include "actors/shell.hpp"

namespace horae {

/// Transactions that were let in at a door and wait for their receipt, over all doors: beyond the
/// limit a door refuses at once (Reason busy), since mailboxes have no bound of their own.
struct Admission {
  explicit Admission(std::uint64_t most) : limit(most) {}
  const std::uint64_t limit;
  std::atomic<std::uint64_t> in_flight{0};
  /// Evidence files at once: each may be megabytes, and need as many recoveries as a block has
  /// transactions.
  static constexpr std::uint64_t evidence_limit = 4;
  std::atomic<std::uint64_t> evidence_in_flight{0};
  struct Closed {
    Reason reason;
    const char* why;
  };
  /// What was said at the doors since the process began: admitted, and refused by reason.
  std::atomic<std::uint64_t> admitted{0};
  std::array<std::atomic<std::uint64_t>, 64> refused{};
  void count(Reason reason) {
    if (reason == Reason::NONE) {
      admitted.fetch_add(1, std::memory_order_relaxed);
    } else if (const auto at = static_cast<std::size_t>(reason); at < refused.size()) {
      refused[at].fetch_add(1, std::memory_order_relaxed);
    }
  }
  /// Why nothing is let in, or null. One of those that stand for ever.
  std::atomic<const Closed*> closed{nullptr};
};

inline constexpr Admission::Closed closed_by_stop{Reason::SHUTTING_DOWN, "the node is stopping"};
inline constexpr Admission::Closed closed_by_disk{
    Reason::BUSY,
    "the disk of the node's log is almost full: nothing is let in until its operator frees space "
    "there; what was let in is being worked on"};
inline constexpr Admission::Closed closed_by_map{
    Reason::BUSY,
    "the map of the node's log is almost full: nothing is let in until its operator starts it "
    "with a larger one (--log-map); what was let in is being worked on"};

/// Decodes a raw transaction and recovers its sender (pure, stateless, so there may be many doors),
/// looks its account up, asks the mempool, and sends the client what came of it.
door_actor spawn_door(caf::actor_system& system, Threading threading,
                      std::shared_ptr<ActorMeter> meter, std::shared_ptr<Admission> admission,
                      std::uint64_t chain_id, accounts_actor accounts, mempool_actor mempool);

}  // namespace horae
