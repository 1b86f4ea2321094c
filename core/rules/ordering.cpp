#include "core/rules/ordering.hpp"

#include <algorithm>
#include <optional>
#include <queue>

namespace horae {
namespace {

/// The transaction of one sender that could go next.
struct Ready {
  U256 tip;
  const SenderQueue* sender;
  std::size_t at;

  [[nodiscard]] const Candidate& txn() const { return sender->txns[at]; }
};

/// For a heap whose top goes first.
struct GoesLater {
  bool operator()(const Ready& a, const Ready& b) const {
    if (a.tip != b.tip) return a.tip < b.tip;
    if (a.txn().arrival != b.txn().arrival) return a.txn().arrival > b.txn().arrival;
    return a.txn().hash > b.txn().hash;
  }
};

/// The entry at `at`, if it has the nonce that is wanted and can pay the base fee.
std::optional<Ready> ready(const SenderQueue& sender, std::size_t at, std::uint64_t nonce,
                           const U256& base_fee) {
  if (at >= sender.txns.size()) return {};
  const auto& txn = sender.txns[at];
  if (txn.nonce != nonce || txn.max_fee < base_fee) return {};
  return Ready{effective_tip(txn, base_fee), &sender, at};
}

}  // namespace

U256 effective_tip(const Candidate& txn, const U256& base_fee) {
  return std::min<U256>(txn.max_priority_fee, txn.max_fee - base_fee);
}

std::vector<Place> order_places(std::span<const SenderQueue> senders, const BlockLimits& limits) {
  std::priority_queue<Ready, std::vector<Ready>, GoesLater> heap;
  for (const auto& sender : senders) {
    std::size_t first = 0;
    while (first < sender.txns.size() && sender.txns[first].nonce < sender.next_nonce) ++first;
    if (auto next = ready(sender, first, sender.next_nonce, limits.base_fee)) heap.push(*next);
  }
  std::vector<Place> chosen;
  std::uint64_t gas_left = limits.gas_limit;
  std::uint64_t bytes_left = limits.max_bytes;
  while (!heap.empty() && chosen.size() < limits.max_txns) {
    const Ready best = heap.top();
    heap.pop();
    const auto& txn = best.txn();
    if (txn.gas_limit > gas_left || txn.bytes > bytes_left) continue;
    gas_left -= txn.gas_limit;
    bytes_left -= txn.bytes;
    chosen.push_back({static_cast<std::size_t>(best.sender - senders.data()), best.at});
    auto next = ready(*best.sender, best.at + 1, txn.nonce + 1, limits.base_fee);
    if (next) heap.push(*next);
  }
  return chosen;
}

std::vector<Hash32> order(std::span<const SenderQueue> senders, const BlockLimits& limits) {
  std::vector<Hash32> out;
  for (const auto place : order_places(senders, limits)) {
    out.push_back(senders[place.sender].txns[place.txn].hash);
  }
  return out;
}

}  // namespace horae
