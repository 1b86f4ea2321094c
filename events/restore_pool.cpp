#include "events/restore_pool.hpp"

#include <algorithm>

namespace horae {
namespace {

using Kind = SnapshotPart::Kind;

// What a transaction takes in a message beside its raw bytes, about.
constexpr std::size_t txn_overhead = 240;

void write(schema::WaitingTxn::Builder out, const PooledTxn& from) {
  out.setArrival(from.arrival);
  auto txn = out.initTxn();
  txn.setNonce(from.nonce);
  txn.setGasLimit(from.gas_limit);
  txn.setRaw(data(from.raw));
  txn.setHash(data(from.hash));
  txn.setSender(data(from.sender));
  txn.setMaxFee(data(to_word(from.max_fee)));
  txn.setMaxPriorityFee(data(to_word(from.max_priority_fee)));
  txn.setValue(data(to_word(from.value)));
}

using Accounts = std::vector<std::pair<Address, const PoolAccount*>>;

Accounts by_address(const Mempool& pool) {
  Accounts out;
  out.reserve(pool.accounts.size());
  for (const auto& [address, account] : pool.accounts) out.emplace_back(address, &account);
  std::ranges::sort(out, {}, [](const auto& entry) { return entry.first; });
  return out;
}

void add_accounts(std::vector<SnapshotPart>& out, const Accounts& accounts) {
  for (std::size_t first = 0; first < accounts.size(); first += part_entries) {
    const auto size = std::min(accounts.size() - first, part_entries);
    out.push_back({Kind::pool_accounts, Msg<schema::PoolAccountsPart>::build([&](auto part) {
                     auto list = part.initAccounts(static_cast<unsigned>(size));
                     for (unsigned i = 0; i < size; ++i) {
                       const auto& [address, account] = accounts[first + i];
                       list[i].setNonce(account->nonce);
                       list[i].setBlock(account->block);
                       list[i].setAddress(data(address));
                     }
                   })});
  }
}

void add_txns(std::vector<SnapshotPart>& out, const Accounts& accounts) {
  std::vector<const PooledTxn*> batch;
  std::size_t bytes = 0;
  const auto flush = [&] {
    if (batch.empty()) return;
    out.push_back({Kind::pool_txns, Msg<schema::PoolTxnsPart>::build([&](auto part) {
                     auto txns = part.initTxns(static_cast<unsigned>(batch.size()));
                     for (unsigned i = 0; i < txns.size(); ++i) write(txns[i], *batch[i]);
                   })});
    batch.clear();
    bytes = 0;
  };
  for (const auto& [address, account] : accounts) {
    for (const auto& [nonce, txn] : account->txns) {
      batch.push_back(&txn);
      bytes += txn.raw.size() + txn_overhead;
      if (batch.size() >= part_entries || bytes >= part_bytes) flush();
    }
  }
  flush();
}

}  // namespace

void add_pool_parts(std::vector<SnapshotPart>& out, const Mempool& pool) {
  if (pool.use != PoolUse::decides) stop("a snapshot of a pool that does not decide");
  const auto accounts = by_address(pool);
  add_accounts(out, accounts);
  add_txns(out, accounts);
}

void restore(Mempool& pool, schema::PoolAccountsPart::Reader part) {
  for (const auto entry : part.getAccounts()) {
    PoolAccount account;
    account.nonce = entry.getNonce();
    account.block = entry.getBlock();
    const auto address = fixed<Address>(entry.getAddress());
    if (!pool.accounts.emplace(address, std::move(account)).second) {
      stop("a restored pool has an account twice");
    }
    pool.unsummed_accounts.push_back(address);
    pool.by_age.emplace_back(entry.getBlock(), address);
  }
}

void restore(Mempool& pool, schema::PoolTxnsPart::Reader part) {
  for (const auto each : part.getTxns()) {
    const auto from = each.getTxn();
    PooledTxn txn;
    txn.nonce = from.getNonce();
    txn.gas_limit = from.getGasLimit();
    txn.arrival = each.getArrival();
    txn.max_fee = read_u256(from.getMaxFee());
    txn.max_priority_fee = read_u256(from.getMaxPriorityFee());
    txn.value = read_u256(from.getValue());
    txn.sender = fixed<Address>(from.getSender());
    txn.hash = fixed<Hash32>(from.getHash());
    txn.raw = copy(from.getRaw());
    // Its hash stands in the pool's sum.
    if (keccak256(txn.raw) != txn.hash) {
      stop("a restored pool has other bytes than those of " + to_hex(txn.hash));
    }
    const auto account = pool.accounts.find(txn.sender);
    if (account == pool.accounts.end()) stop("a restored pool has a transaction of no account");
    if (!pool.by_hash.emplace(txn.hash, std::pair(txn.sender, txn.nonce)).second) {
      stop("a restored pool has a transaction twice");
    }
    pool.unsummed_txns.push_back(txn.hash);
    pool.by_worth.emplace(txn.max_fee, UINT64_MAX - txn.arrival, txn.hash);
    if (account->second.txns.empty()) {
      account->second.waiting_at = pool.waiting.size();
      pool.waiting.push_back(txn.sender);
    }
    const auto nonce = txn.nonce;
    if (!account->second.txns.emplace(nonce, std::move(txn)).second) {
      stop("a restored pool has two transactions of one nonce");
    }
  }
}

void finish_restore(Mempool& pool) { std::ranges::sort(pool.by_age); }

}  // namespace horae
