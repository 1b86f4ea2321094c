#include "events/mempool/mempool.hpp"

#include <algorithm>

#include "events/mempool/gap.hpp"
#include "events/mempool/sums.hpp"
#include "events/snapshot.hpp"

namespace horae {
namespace {

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

std::vector<Msg<schema::PoolAccountsPart>> account_parts(const Accounts& accounts) {
  std::vector<Msg<schema::PoolAccountsPart>> out;
  for (std::size_t first = 0; first < accounts.size(); first += part_entries) {
    const auto size = std::min(accounts.size() - first, part_entries);
    out.push_back(Msg<schema::PoolAccountsPart>::build([&](auto part) {
      auto list = part.initAccounts(static_cast<unsigned>(size));
      for (unsigned i = 0; i < size; ++i) {
        const auto& [address, account] = accounts[first + i];
        list[i].setNonce(account->nonce);
        list[i].setBlock(account->block);
        list[i].setAddress(data(address));
      }
    }));
  }
  return out;
}

std::vector<Msg<schema::PoolTxnsPart>> txn_parts(const Accounts& accounts) {
  std::vector<Msg<schema::PoolTxnsPart>> out;
  std::vector<const PooledTxn*> batch;
  std::size_t bytes = 0;
  const auto flush = [&] {
    if (batch.empty()) return;
    out.push_back(Msg<schema::PoolTxnsPart>::build([&](auto part) {
      auto txns = part.initTxns(static_cast<unsigned>(batch.size()));
      for (unsigned i = 0; i < txns.size(); ++i) write(txns[i], *batch[i]);
    }));
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
  return out;
}

}  // namespace

Message state_message(const Mempool& pool) {
  if (!is_summed(pool)) stop("the state of a pool that only chooses is not a mempool's");
  const auto all = sums(pool);
  return Msg<schema::MempoolState>::build([&](auto state) {
    state.setCount(pool.by_hash.size());
    state.setArrivals(pool.arrivals);
    state.setPosition(pool.position);
    state.setIncludedBlock(pool.included_block);
    state.setIncludedEpoch(pool.included_epoch);
    state.setRemembered(pool.accounts.size());
    state.setTxnSum(data(to_word(all.txns)));
    state.setNonceSum(data(to_word(all.nonces)));
    auto parameters = state.initParameters();
    parameters.setChainId(pool.parameters.chain_id);
    parameters.setPerSender(pool.parameters.per_sender);
    parameters.setTotal(pool.parameters.total);
    parameters.setBumpPercent(pool.parameters.bump_percent);
    parameters.setNonceWindow(pool.parameters.nonce_window);
    parameters.setTxnGasLimit(pool.parameters.txn_gas_limit);
    parameters.setMinFee(data(to_word(pool.parameters.min_fee)));
    parameters.setGapLifetime(pool.parameters.gap_lifetime);
    // Absent in logs before schema 5, whose hashes stay as they are.
    if (pool.marks.empty()) return;
    auto marks = state.initMarks(static_cast<unsigned>(pool.marks.size()));
    for (unsigned i = 0; i < marks.size(); ++i) {
      marks[i].setTime(pool.marks[i].time);
      marks[i].setArrivals(pool.marks[i].arrivals);
    }
  });
}

PoolParts pool_parts(const Mempool& pool) {
  if (pool.use != PoolUse::decides) stop("a snapshot of a pool that does not decide");
  const auto accounts = by_address(pool);
  return {account_parts(accounts), txn_parts(accounts)};
}

Mempool restore(schema::MempoolState::Reader state) {
  Mempool out;
  const auto set = state.getParameters();
  out.parameters = {set.getChainId(),           set.getPerSender(),   set.getTotal(),
                    set.getBumpPercent(),       set.getNonceWindow(), set.getTxnGasLimit(),
                    read_u256(set.getMinFee()), set.getGapLifetime()};
  // The first fact of a pool sets its parameters: decide lets none through before.
  out.open = state.getPosition() != 0;
  out.arrivals = state.getArrivals();
  out.position = state.getPosition();
  out.included_block = state.getIncludedBlock();
  out.included_epoch = state.getIncludedEpoch();
  for (const auto mark : state.getMarks()) {
    out.marks.push_back({mark.getTime(), mark.getArrivals()});
  }
  return out;
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
    txn.raw_bytes = txn.raw.size();
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

void finish_restore(Mempool& pool) {
  std::ranges::sort(pool.by_age);
  for (auto& [address, account] : pool.accounts) const GapChange gap(pool, address, account);
}

}  // namespace horae
