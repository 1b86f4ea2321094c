#include "events/mempool/sums.hpp"

#include <array>
#include <boost/unordered/unordered_flat_set.hpp>

namespace horae {
namespace {

std::array<std::uint8_t, 8> big_endian(std::uint64_t value) {
  std::array<std::uint8_t, 8> out{};
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return out;
}

template <class Key>
std::vector<Key> each_once(std::vector<Key> keys) {
  boost::unordered_flat_set<Key, FixedHasher> seen;
  seen.reserve(keys.size());
  std::erase_if(keys, [&](const Key& key) { return !seen.insert(key).second; });
  return keys;
}

}  // namespace

U256 entry_sum(const PooledTxn& txn) {
  return from_word(sha256({txn.hash.view(), big_endian(txn.arrival)}));
}

U256 entry_sum(const Address& address, const PoolAccount& account) {
  return from_word(sha256({address.view(), big_endian(account.nonce), big_endian(account.block)}));
}

void sum_up(Mempool& pool) {
  for (const auto& hash : pool.unsummed_txns) {
    const auto place = pool.by_hash.find(hash);
    if (place == pool.by_hash.end()) continue;
    auto& txn = pool.accounts.at(place->second.first).txns.at(place->second.second);
    if (!txn.summed) pool.txn_sum += entry_sum(txn);
    txn.summed = true;
  }
  for (const auto& address : pool.unsummed_accounts) {
    const auto entry = pool.accounts.find(address);
    if (entry == pool.accounts.end()) continue;
    if (!entry->second.summed) pool.nonce_sum += entry_sum(address, entry->second);
    entry->second.summed = true;
  }
  pool.unsummed_txns.clear();
  pool.unsummed_accounts.clear();
}

Sums sums(const Mempool& pool) {
  Sums out{pool.txn_sum, pool.nonce_sum};
  for (const auto& hash : each_once(pool.unsummed_txns)) {
    const auto* txn = find(pool, hash);
    if (txn != nullptr && !txn->summed) out.txns += entry_sum(*txn);
  }
  for (const auto& address : each_once(pool.unsummed_accounts)) {
    const auto entry = pool.accounts.find(address);
    if (entry == pool.accounts.end() || entry->second.summed) continue;
    out.nonces += entry_sum(address, entry->second);
  }
  return out;
}

}  // namespace horae
