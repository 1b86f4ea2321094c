#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

namespace horae {

/// How many messages an actor was sent, by sender. Any thread counts and any reads, without a lock:
/// it stands in every enqueue.
class EdgeCounts {
 public:
  /// Senders told apart; a node has half as many actors. What comes from more is `others`.
  static constexpr std::size_t most = 32;

  struct Edge {
    std::uint64_t from;  // an actor's id
    std::uint64_t messages;
  };

  /// from: the sender's id, 0 for none. is_ours is asked of a sender that was not counted last:
  /// whether it is an actor with a meter. All others are outside, since there is no end of them.
  template <class IsOurs>
  void count(std::uint64_t from, IsOurs&& is_ours) {
    if (from == 0 || from == last_stranger_.load(std::memory_order_relaxed)) {
      outside_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    for (auto& slot : slots_) {
      auto taken = slot.from.load(std::memory_order_relaxed);
      if (taken == 0) {
        if (!is_ours()) {
          last_stranger_.store(from, std::memory_order_relaxed);
          outside_.fetch_add(1, std::memory_order_relaxed);
          return;
        }
        if (slot.from.compare_exchange_strong(taken, from, std::memory_order_relaxed)) taken = from;
      }
      if (taken == from) {
        slot.messages.fetch_add(1, std::memory_order_relaxed);
        return;
      }
    }
    others_.fetch_add(1, std::memory_order_relaxed);
  }

  [[nodiscard]] std::vector<Edge> edges() const {
    std::vector<Edge> out;
    for (const auto& slot : slots_) {
      const auto from = slot.from.load(std::memory_order_relaxed);
      if (from == 0) break;
      out.push_back({from, slot.messages.load(std::memory_order_relaxed)});
    }
    return out;
  }
  [[nodiscard]] std::uint64_t outside() const { return outside_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t others() const { return others_.load(std::memory_order_relaxed); }

 private:
  struct Slot {
    std::atomic<std::uint64_t> from{0};
    std::atomic<std::uint64_t> messages{0};
  };
  std::array<Slot, most> slots_{};
  std::atomic<std::uint64_t> outside_{0};
  std::atomic<std::uint64_t> others_{0};
  std::atomic<std::uint64_t> last_stranger_{0};
};

}  // namespace horae
