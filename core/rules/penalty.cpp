#include "core/rules/penalty.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace horae {
namespace {

constexpr std::size_t nowhere = SIZE_MAX;

// Where the rule would have the transaction of each place, by priority alone; nowhere: not at all.
std::vector<std::size_t> ranks(std::span<const PlacedTxn> block, const U256& base_fee) {
  std::vector<std::size_t> out(block.size(), nowhere);
  const auto ordered = order_within(block, {base_fee, UINT64_MAX, SIZE_MAX});
  for (std::size_t rank = 0; rank < ordered.size(); ++rank) out[ordered[rank]] = rank;
  return out;
}

bool out_of_rule(const std::vector<std::size_t>& rank, const SandwichPlaces& at) {
  if (rank[at.front] == nowhere || rank[at.victim] == nowhere || rank[at.back] == nowhere) {
    return false;
  }
  return rank[at.front] > rank[at.victim] || rank[at.back] < rank[at.victim];
}

}  // namespace

std::vector<std::size_t> order_within(std::span<const PlacedTxn> block, const BlockLimits& limits) {
  std::map<Address, std::vector<std::size_t>> by_sender;
  std::unordered_map<Hash32, std::size_t, FixedHasher> places;
  for (std::size_t place = 0; place < block.size(); ++place) {
    // One transaction twice has one place, and so the list comes out shorter than the block.
    if (places.emplace(block[place].hash, place).second) {
      by_sender[block[place].sender].push_back(place);
    }
  }
  std::vector<SenderQueue> queues;
  queues.reserve(by_sender.size());
  for (auto& [sender, of_sender] : by_sender) {
    std::stable_sort(of_sender.begin(), of_sender.end(),
                     [&](std::size_t a, std::size_t b) { return block[a].nonce < block[b].nonce; });
    SenderQueue queue{block[of_sender.front()].nonce, {}};
    for (const auto place : of_sender) {
      const auto& txn = block[place];
      queue.txns.push_back(
          {txn.nonce, txn.gas_limit, place, txn.max_fee, txn.max_priority_fee, txn.hash});
    }
    queues.push_back(std::move(queue));
  }
  std::vector<std::size_t> out;
  out.reserve(block.size());
  for (const auto& hash : order(queues, limits)) out.push_back(places.at(hash));
  return out;
}

bool is_sandwich(std::span<const PlacedTxn> block, const U256& base_fee, const SandwichPlaces& at) {
  if (at.front >= at.victim || at.victim >= at.back || at.back >= block.size()) return false;
  if (block[at.front].sender != block[at.back].sender ||
      block[at.front].sender == block[at.victim].sender) {
    return false;
  }
  return out_of_rule(ranks(block, base_fee), at);
}

std::optional<SandwichPlaces> find_sandwich(std::span<const PlacedTxn> block,
                                            const U256& base_fee) {
  const auto rank = ranks(block, base_fee);
  std::map<Address, std::vector<std::size_t>> by_sender;
  for (std::size_t place = 0; place < block.size(); ++place) {
    if (rank[place] != nowhere) by_sender[block[place].sender].push_back(place);
  }
  std::erase_if(by_sender, [](const auto& entry) { return entry.second.size() < 2; });
  for (std::size_t victim = 0; victim < block.size(); ++victim) {
    for (const auto& [sender, places] : by_sender) {
      if (sender == block[victim].sender) continue;
      // The rule keeps a sender's nonces in order: where any two of its places show the fault, the
      // two next to the victim do.
      const auto after = std::upper_bound(places.begin(), places.end(), victim);
      if (after == places.begin() || after == places.end()) continue;
      const SandwichPlaces found{*std::prev(after), victim, *after};
      if (out_of_rule(rank, found)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace horae
