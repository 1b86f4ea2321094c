#include "events/mempool/gap.hpp"
#include "events/mempool/mempool.hpp"
#include "events/mempool/sums.hpp"

namespace horae {
namespace {

using schema::MempoolFact;

// Of equal fees the latest is worth least.
std::tuple<U256, std::uint64_t, Hash32> worth(const PooledTxn& txn) {
  return {txn.max_fee, UINT64_MAX - txn.arrival, txn.hash};
}

// Every change of an account's nonce or block goes through here, so that sums and ages follow.
template <class Change>
void change_account(Mempool& pool, const Address& address, Change&& change) {
  const auto [entry, fresh] = pool.accounts.try_emplace(address);
  auto& account = entry->second;
  if (fresh) account.block = pool.included_block;
  if (account.summed) pool.nonce_sum -= entry_sum(address, account);
  if ((fresh || account.summed) && is_summed(pool)) pool.unsummed_accounts.push_back(address);
  account.summed = false;
  const auto block = account.block;
  {
    const GapChange gap(pool, address, account);
    change(account);
  }
  if (fresh || block != account.block) {
    // The last, but for one that came with a block and goes back behind it.
    auto place = pool.by_age.end();
    while (place != pool.by_age.begin() && (place - 1)->first > account.block) --place;
    pool.by_age.emplace(place, account.block, address);
  }
}

void forget_old_accounts(Mempool& pool) {
  while (!pool.by_age.empty() &&
         pool.by_age.front().first + Mempool::memory_blocks < pool.included_block) {
    const auto [block, address] = pool.by_age.front();
    pool.by_age.pop_front();
    const auto entry = pool.accounts.find(address);
    if (entry == pool.accounts.end() || entry->second.block != block) continue;
    if (!entry->second.txns.empty()) {
      // It still waits: its nonce is as good as new, looked at again after another while.
      change_account(pool, address, [&](PoolAccount& a) { a.block = pool.included_block; });
      continue;
    }
    if (entry->second.summed) pool.nonce_sum -= entry_sum(address, entry->second);
    pool.accounts.erase(entry);
  }
}

// The account has no transactions left.
void stop_waiting(Mempool& pool, const PoolAccount& account) {
  const auto last = pool.waiting.back();
  pool.waiting[account.waiting_at] = last;
  pool.accounts.at(last).waiting_at = account.waiting_at;
  pool.waiting.pop_back();
}

// Whether it waited.
bool take_out(Mempool& pool, const Hash32& hash) {
  const auto place = pool.by_hash.find(hash);
  if (place == pool.by_hash.end()) return false;
  auto& account = pool.accounts.at(place->second.first);
  const auto txn = account.txns.find(place->second.second);
  if (txn->second.summed) pool.txn_sum -= entry_sum(txn->second);
  if (pool.use == PoolUse::decides) pool.by_worth.erase(worth(txn->second));
  {
    const GapChange gap(pool, place->second.first, account);
    if (txn->first >= account.nonce) account.run = std::min(account.run, txn->first);
    account.txns.erase(txn);
  }
  if (account.txns.empty()) {
    stop_waiting(pool, account);
    // Its room, too: what was used last is in the processor's cache.
    decltype(account.txns)().swap(account.txns);
  }
  pool.by_hash.erase(place);
  return true;
}

void remove(Mempool& pool, const Hash32& hash, const char* fact) {
  if (take_out(pool, hash)) return;
  stop(std::string(fact) + " names " + to_hex(hash) + ", which does not wait");
}

void apply_admitted(Mempool& pool, schema::TxnAdmitted::Reader fact) {
  const auto txn = fact.getTxn();
  const auto nonce = txn.getNonce();
  const auto sender = fixed<Address>(txn.getSender());
  const auto hash = fixed<Hash32>(txn.getHash());
  if (!pool.by_hash.emplace(hash, std::pair(sender, nonce)).second) {
    stop("TxnAdmitted names " + to_hex(hash) + ", which waits already");
  }
  change_account(pool, sender, [&](PoolAccount& account) {
    account.nonce = std::max(account.nonce, fact.getAccountNonce());
    const auto [place, fresh] = account.txns.try_emplace(nonce);
    if (!fresh) {
      stop("TxnAdmitted takes nonce " + std::to_string(nonce) + " of " + to_hex(sender) +
           ", which is taken");
    }
    auto& entry = place->second;
    entry.nonce = nonce;
    entry.gas_limit = txn.getGasLimit();
    entry.arrival = pool.arrivals++;
    entry.sender = sender;
    entry.hash = hash;
    if (pool.use != PoolUse::folds) {
      entry.max_fee = read_u256(txn.getMaxFee());
      entry.max_priority_fee = read_u256(txn.getMaxPriorityFee());
      entry.raw_bytes = txn.getRaw().size();
    }
    if (pool.use == PoolUse::decides) {
      entry.value = read_u256(txn.getValue());
      entry.raw = copy(txn.getRaw());
      pool.by_worth.insert(worth(entry));
    }
    if (is_summed(pool)) pool.unsummed_txns.push_back(hash);
    if (account.txns.size() == 1) {
      account.waiting_at = pool.waiting.size();
      pool.waiting.push_back(sender);
    }
  });
}

// The newest mark that is old stays: by it decide_include knows what is.
void mark_age(Mempool& pool, std::uint64_t time) {
  if (time == 0 || pool.parameters.gap_lifetime == 0) return;
  auto& marks = pool.marks;
  const auto old = old_arrivals(pool, time);
  while (marks.size() > 1 && marks[1].arrivals <= old) marks.pop_front();
  const auto last = marks.empty() ? AgeMark{} : marks.back();
  const auto step =
      std::max<std::uint64_t>(1, pool.parameters.gap_lifetime / Mempool::marks_a_lifetime);
  if (time > last.time && time - last.time >= step && pool.arrivals > last.arrivals) {
    marks.push_back({time, pool.arrivals});
  }
}

void apply_included(Mempool& pool, schema::TxnsIncluded::Reader fact) {
  if (fact.getBlock() != pool.included_block + 1) {
    stop("TxnsIncluded of block " + std::to_string(fact.getBlock()) + " after block " +
         std::to_string(pool.included_block));
  }
  pool.included_block = fact.getBlock();
  pool.included_epoch = fact.getEpoch();
  // The nonces first: what leaves below them opens no gap.
  for (const auto sender : fact.getSenders()) {
    change_account(pool, fixed<Address>(sender.getAddress()), [&](PoolAccount& account) {
      account.nonce = std::max(account.nonce, sender.getNonce());
      account.block = fact.getBlock();
    });
  }
  // A block may hold what this pool never had: only what waits here leaves.
  for (const auto reader : fact.getHashes()) {
    take_out(pool, fixed<Hash32>(reader));
  }
  forget_old_accounts(pool);
  mark_age(pool, fact.getTime());
}

void apply_returned(Mempool& pool, schema::TxnsReturned::Reader fact) {
  if (fact.getBlock() != pool.included_block || fact.getBlock() == 0) {
    stop("TxnsReturned of block " + std::to_string(fact.getBlock()) + ", block " +
         std::to_string(pool.included_block) + " was included last");
  }
  pool.included_block = fact.getBlock() - 1;
  pool.included_epoch = fact.getEpochBefore();
  for (const auto sender : fact.getSenders()) {
    change_account(pool, fixed<Address>(sender.getAddress()), [&](PoolAccount& account) {
      account.nonce = sender.getNonce();
      account.run = sender.getNonce();
      account.block = pool.included_block;
    });
  }
}

}  // namespace

void apply(Mempool& pool, MempoolFact::Reader fact) {
  static constexpr std::size_t most_unsummed = 16384;
  ++pool.position;
  if (pool.unsummed_txns.size() + pool.unsummed_accounts.size() > most_unsummed) sum_up(pool);
  switch (fact.which()) {
    case MempoolFact::NONE:
      break;
    case MempoolFact::PARAMETERS_SET: {
      const auto set = fact.getParametersSet();
      pool.open = true;
      pool.parameters = {set.getChainId(),           set.getPerSender(),   set.getTotal(),
                         set.getBumpPercent(),       set.getNonceWindow(), set.getTxnGasLimit(),
                         read_u256(set.getMinFee()), set.getGapLifetime()};
      return;
    }
    case MempoolFact::TXN_ADMITTED:
      return apply_admitted(pool, fact.getTxnAdmitted());
    case MempoolFact::TXN_REPLACED:
      return remove(pool, fixed<Hash32>(fact.getTxnReplaced().getHash()), "TxnReplaced");
    case MempoolFact::TXN_DROPPED:
      return remove(pool, fixed<Hash32>(fact.getTxnDropped().getHash()), "TxnDropped");
    case MempoolFact::TXNS_INCLUDED:
      return apply_included(pool, fact.getTxnsIncluded());
    case MempoolFact::TXNS_RETURNED:
      return apply_returned(pool, fact.getTxnsReturned());
  }
  stop("a mempool fact written by a newer version");
}

}  // namespace horae
