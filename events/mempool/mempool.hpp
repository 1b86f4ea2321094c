#pragma once

#include <boost/container/flat_map.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <set>
#include <tuple>

#include "core/u256.hpp"
#include "events/decision.hpp"
#include "schemas/mempool.capnp.h"
#include "schemas/snapshot.capnp.h"

namespace horae {

template <>
inline constexpr Domain domain_of<schema::MempoolFact> = Domain::MEMPOOL;

/// A transaction that waits.
struct PooledTxn {
  std::uint64_t nonce = 0;
  std::uint64_t gas_limit = 0;
  std::uint64_t arrival = 0;  // how many were admitted before it
  U256 max_fee = 0;           // wei per gas
  U256 max_priority_fee = 0;
  U256 value = 0;  // wei
  Address sender;
  Hash32 hash;
  Bytes raw;
  std::uint64_t raw_bytes = 0;  // how many; also where they are not kept
  bool summed = false;          // whether it stands in the pool's sum
};

/// What the pool knows of a sender: its transactions and the nonce its account has reached.
struct PoolAccount {
  std::uint64_t nonce = 0;
  std::uint64_t block = 0;  // the L2 block of the newest evidence for it
  /// The first nonce from the account's on that nothing waits with: what waits behind it has a gap
  /// before it and cannot run.
  std::uint64_t run = 0;
  /// By nonce. Most have one or two.
  boost::container::flat_map<std::uint64_t, PooledTxn> txns;
  bool summed = false;         // whether nonce and block stand in the pool's sum
  std::size_t waiting_at = 0;  // where it stands in the pool's waiting, if it has transactions
};

struct MempoolParameters {
  std::uint64_t chain_id = 0;
  std::uint32_t per_sender = 0;
  std::uint32_t total = 0;
  std::uint32_t bump_percent = 0;
  std::uint32_t nonce_window = 0;
  std::uint64_t txn_gas_limit = 0;
  U256 min_fee = 0;
  std::uint64_t gap_lifetime = 0;  // seconds; 0: no limit
};

/// What had been admitted when a block of this time was included.
struct AgeMark {
  std::uint64_t time = 0;  // seconds
  std::uint64_t arrivals = 0;
};

/// An account with a gap among its transactions, by how soon its last one gives way: the accounts
/// that hold most such transactions first; of those the cheapest last one, and the latest. count
/// is 2^64 - 1 less how many it holds.
struct GappedAccount {
  std::uint64_t count_below = 0;
  U256 max_fee = 0;
  std::uint64_t lateness = 0;
  Address address;

  auto operator<=>(const GappedAccount&) const = default;
};

/// Who asks a pool what. What nobody asks for is left out of it.
enum class PoolUse {
  decides,  // everything
  folds,    // state_message: no raw bytes, fees or values, no worth
  chooses,  // select and starved: no raw bytes, values, worth or sums
};

/// The mempool's state: the fold of its facts.
struct Mempool {
  /// Blocks for which the nonces of included senders are remembered, so that an account looked up a
  /// little while ago cannot let an included transaction in again.
  static constexpr std::uint64_t memory_blocks = 64;
  /// A transaction's age is known to a 64th of gap_lifetime.
  static constexpr std::uint64_t marks_a_lifetime = 64;

  bool open = false;
  MempoolParameters parameters;
  boost::unordered_flat_map<Address, PoolAccount, FixedHasher> accounts;
  /// The accounts that have transactions, each once, so that nobody goes through all of them. In an
  /// order that follows from the facts, and on which nothing depends.
  std::vector<Address> waiting;
  /// (block, address) as accounts came to their block; those that have another by now are passed
  /// over.
  std::deque<std::pair<std::uint64_t, Address>> by_age;
  boost::unordered_flat_map<Hash32, std::pair<Address, std::uint64_t>, FixedHasher> by_hash;
  /// (maximum fee, how late it came, hash) of every transaction: the first is the first to go.
  std::set<std::tuple<U256, std::uint64_t, Hash32>> by_worth;
  std::set<GappedAccount> gapped;
  std::uint64_t arrivals = 0;
  std::uint64_t position = 0;  // facts applied
  std::uint64_t included_block = 0;
  std::uint64_t included_epoch = 0;  // of that block; 0: not known
  /// By which transactions age, the oldest first: at most marks_a_lifetime and two.
  std::deque<AgeMark> marks;
  /// Sums over the entries that are marked as summed; the others are listed, and added a while
  /// after they came: most have left by then, and cost no hash at all.
  U256 txn_sum = 0;
  U256 nonce_sum = 0;
  std::vector<Hash32> unsummed_txns;
  std::vector<Address> unsummed_accounts;
  PoolUse use = PoolUse::decides;
};

/// Admission, replacement, inclusion. Answers each submit with a reason or with TxnAdmitted (after
/// TxnReplaced where it takes another's place); an inclusion drops what the block made impossible.
/// Where the last included block was revoked (returnTxns), its senders go back to the nonces that
/// they had, and what was in it is admitted anew, whatever room there is; the same again is no
/// news.
///
/// Places are not held for ever. What lacks a nonce before it (a gap) must be paid for together
/// with all that waits before it, is dropped (expired) once L2 time has passed the first block
/// after its admission by gap_lifetime, and is the first to go (evicted) when a full pool is
/// offered what can run. Of a pool that is half full, a new gap takes the place of another: of the
/// last transaction of whoever holds most of them, or of one that pays less by bump_percent. A pool
/// full of what can run lets the lowest maximum fee go for one that is higher by bump_percent. So
/// what cannot be executed fills half of it at most, and neither many nor cheap ones keep others
/// out.
[[nodiscard]] Decision decide(const Mempool& pool, schema::MempoolCommand::Reader command);
void apply(Mempool& pool, schema::MempoolFact::Reader fact);
[[nodiscard]] Message state_message(const Mempool& pool);
/// The way back from state_message (see events/snapshot.hpp), without accounts and transactions:
/// the message has but their sums.
[[nodiscard]] Mempool restore(schema::MempoolState::Reader state);

/// Accounts and waiting transactions as a snapshot has them, with what was worked out of them left
/// out.
struct PoolParts {
  std::vector<Msg<schema::PoolAccountsPart>> accounts;
  std::vector<Msg<schema::PoolTxnsPart>> txns;
};
[[nodiscard]] PoolParts pool_parts(const Mempool& pool);
/// Put them into a pool that was restored from its state message.
void restore(Mempool& pool, schema::PoolAccountsPart::Reader part);
void restore(Mempool& pool, schema::PoolTxnsPart::Reader part);
/// When all are in: what is derived from them.
void finish_restore(Mempool& pool);

/// The transaction of this hash that waits, or null.
[[nodiscard]] const PooledTxn* find(const Mempool& pool, const Hash32& hash);
/// What came before this arrival has lacked a nonce for long enough to go, in a block of this time.
[[nodiscard]] std::uint64_t old_arrivals(const Mempool& pool, std::uint64_t time);

/// The nonce after the unbroken run of the sender's waiting transactions; nothing where the pool
/// knows nothing of the sender.
[[nodiscard]] std::optional<std::uint64_t> next_nonce(const Mempool& pool, const Address& sender);

/// Whether a sender's next transaction waits for the base fee to fall. Only blocks make it fall, so
/// one is due then even if it holds nothing.
[[nodiscard]] bool starved(const Mempool& pool, const U256& base_fee);

/// What the ordering rule chooses for a block from this state, in the order of execution: the one
/// function that the producer and the auditor call. The pointers live as long as the state is left
/// alone. max_bytes: of the chosen, with what a block says of them beside their raw bytes.
[[nodiscard]] std::vector<const PooledTxn*> select(const Mempool& pool, const U256& base_fee,
                                                   std::uint64_t gas_limit,
                                                   std::uint64_t max_bytes = UINT64_MAX);

}  // namespace horae
