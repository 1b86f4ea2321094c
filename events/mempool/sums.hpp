#pragma once

#include "events/mempool/mempool.hpp"

// The sums in which the state message has the pool's transactions and accounts: a change costs a
// hash or two, where the message of 200,000 transactions would have 14 MB. An entry that is new or
// changed is listed at first, and added by sum_up, since most have left by then.
namespace horae {

/// Whether a pool of this use keeps sums at all.
[[nodiscard]] inline bool is_summed(const Mempool& pool) { return pool.use != PoolUse::chooses; }

/// What an entry adds to its sum: SHA-256 over hash and arrival, or over address, nonce and block.
[[nodiscard]] U256 entry_sum(const PooledTxn& txn);
[[nodiscard]] U256 entry_sum(const Address& address, const PoolAccount& account);

/// Adds what is listed. The list also has entries that have left, and twice those that came again.
void sum_up(Mempool& pool);

struct Sums {
  U256 txns, nonces;
};
/// The sums with what is listed.
[[nodiscard]] Sums sums(const Mempool& pool);

}  // namespace horae
