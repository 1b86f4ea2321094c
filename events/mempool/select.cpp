#include "events/mempool/mempool.hpp"

#include "core/rules/ordering.hpp"

namespace horae {

const PooledTxn* find(const Mempool& pool, const Hash32& hash) {
  const auto place = pool.by_hash.find(hash);
  if (place == pool.by_hash.end()) return nullptr;
  return &pool.accounts.at(place->second.first).txns.at(place->second.second);
}

std::optional<std::uint64_t> next_nonce(const Mempool& pool, const Address& sender) {
  const auto account = pool.accounts.find(sender);
  if (account == pool.accounts.end()) return std::nullopt;
  return account->second.run;
}

std::uint64_t old_arrivals(const Mempool& pool, std::uint64_t time) {
  std::uint64_t out = 0;
  for (const auto& mark : pool.marks) {
    if (time < mark.time || time - mark.time < pool.parameters.gap_lifetime) break;
    out = mark.arrivals;
  }
  return out;
}

bool starved(const Mempool& pool, const U256& base_fee) {
  return std::any_of(pool.waiting.begin(), pool.waiting.end(), [&](const Address& address) {
    const auto& account = pool.accounts.at(address);
    const auto next = account.txns.find(account.nonce);
    return next != account.txns.end() && next->second.max_fee < base_fee;
  });
}

namespace {

// Of a transaction in BlockSealed: its hash, its sender's entry, its signature, and the pointers
// and the padding of Cap'n Proto.
constexpr std::uint64_t beside_raw_bytes = 200;

}  // namespace

std::vector<const PooledTxn*> select(const Mempool& pool, const U256& base_fee,
                                     std::uint64_t gas_limit, std::uint64_t max_bytes) {
  if (pool.use == PoolUse::folds) stop("a choice by a pool that only folds");
  std::vector<SenderQueue> queues;
  std::vector<std::vector<const PooledTxn*>> behind;  // the queues' transactions
  queues.reserve(pool.waiting.size());
  behind.reserve(pool.waiting.size());
  for (const auto& address : pool.waiting) {
    const auto& account = pool.accounts.at(address);
    auto& queue = queues.emplace_back(SenderQueue{account.nonce, {}});
    auto& txns = behind.emplace_back();
    queue.txns.reserve(account.txns.size());
    txns.reserve(account.txns.size());
    for (const auto& [nonce, txn] : account.txns) {
      queue.txns.push_back({nonce, txn.gas_limit, txn.arrival, txn.max_fee, txn.max_priority_fee,
                            txn.hash, txn.raw_bytes + beside_raw_bytes});
      txns.push_back(&txn);
    }
  }
  std::vector<const PooledTxn*> out;
  for (const auto place : order_places(queues, {base_fee, gas_limit, SIZE_MAX, max_bytes})) {
    out.push_back(behind[place.sender][place.txn]);
  }
  return out;
}

}  // namespace horae
