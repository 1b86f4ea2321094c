#include "events/mempool/mempool.hpp"

#include <boost/unordered/unordered_flat_set.hpp>
#include <map>

#include "core/rules/ordering.hpp"
#include "core/u512.hpp"

namespace horae {
namespace {

using schema::MempoolFact;

// What a transaction can cost its sender: gas x fee + value.
U512 cost(std::uint64_t gas_limit, const U256& max_fee, const U256& value) {
  return to_u512(max_fee) * gas_limit + to_u512(value);
}

std::array<std::uint8_t, 8> big_endian(std::uint64_t value) {
  std::array<std::uint8_t, 8> out{};
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return out;
}

U256 entry_sum(const PooledTxn& txn) {
  return from_word(sha256({txn.hash.view(), big_endian(txn.arrival)}));
}
U256 entry_sum(const Address& address, const PoolAccount& account) {
  return from_word(sha256({address.view(), big_endian(account.nonce), big_endian(account.block)}));
}

// Of equal fees the latest is worth least.
std::tuple<U256, std::uint64_t, Hash32> worth(const PooledTxn& txn) {
  return {txn.max_fee, UINT64_MAX - txn.arrival, txn.hash};
}

Fact dropped(const Hash32& hash, Reason reason, const std::string& detail) {
  return make_fact<MempoolFact>([&](auto fact) {
    auto drop = fact.initTxnDropped();
    drop.setHash(data(hash));
    drop.setReason(reason);
    drop.setDetail(detail.c_str());
  });
}

// Whether fee is at least percent higher than old, in integers and rounded against the newcomer;
// and higher at all, or what pays nothing could be replaced (and logged) without end.
bool bumped(const U256& fee, const U256& old, std::uint32_t percent) {
  return fee > old && to_u512(fee) * 100 >= to_u512(old) * (100 + U512(percent));
}

Decision decide_submit(const Mempool& pool, schema::SubmitTxn::Reader command) {
  const auto txn = command.getTxn();
  const auto view_of_account = command.getAccount();
  const auto& rules = pool.parameters;
  const auto sender = fixed<Address>(txn.getSender());
  const auto hash = fixed<Hash32>(txn.getHash());
  const auto max_fee = read_u256(txn.getMaxFee());
  const auto max_priority_fee = read_u256(txn.getMaxPriorityFee());
  const auto number = [](auto value) { return std::to_string(value); };

  if (find(pool, hash) != nullptr) return refuse(Reason::ALREADY_KNOWN, to_hex(hash));
  if (txn.getGasLimit() < command.getIntrinsicGas()) {
    return refuse(Reason::INTRINSIC_GAS, "gas limit " + number(txn.getGasLimit()) + ", needs " +
                                             number(command.getIntrinsicGas()));
  }
  if (txn.getGasLimit() > rules.txn_gas_limit) {
    return refuse(Reason::GAS_LIMIT, "gas limit " + number(txn.getGasLimit()) + ", at most " +
                                         number(rules.txn_gas_limit));
  }
  if (max_priority_fee > max_fee) {
    return refuse(Reason::FEE_TOO_LOW, "priority fee " + to_decimal(max_priority_fee) +
                                           " above maximum fee " + to_decimal(max_fee));
  }
  if (max_fee < rules.min_fee) {
    return refuse(Reason::FEE_TOO_LOW, "maximum fee " + to_decimal(max_fee) + ", the floor is " +
                                           to_decimal(rules.min_fee));
  }
  if (view_of_account.getBlock() + Mempool::memory_blocks < pool.included_block) {
    return refuse(Reason::STALE_VIEW, "the account was read at block " +
                                          number(view_of_account.getBlock()) +
                                          ", the chain is at " + number(pool.included_block));
  }

  const auto known = pool.accounts.find(sender);
  const PoolAccount* account = known == pool.accounts.end() ? nullptr : &known->second;
  const auto reached =
      std::max(view_of_account.getNonce(), account != nullptr ? account->nonce : 0);
  const auto nonce = txn.getNonce();
  if (nonce < reached) {
    return refuse(Reason::NONCE_TOO_LOW,
                  "nonce " + number(nonce) + ", the account is at " + number(reached));
  }
  if (nonce - reached > rules.nonce_window) {
    return refuse(Reason::NONCE_TOO_HIGH, "nonce " + number(nonce) + ", the account is at " +
                                              number(reached) + " and at most " +
                                              number(rules.nonce_window) + " may be ahead");
  }

  const PooledTxn* old = nullptr;
  auto owed = cost(txn.getGasLimit(), max_fee, read_u256(txn.getValue()));
  if (account != nullptr) {
    for (auto other = account->txns.lower_bound(reached); other != account->txns.end(); ++other) {
      if (other->first == nonce) {
        old = &other->second;
      } else {
        owed += cost(other->second.gas_limit, other->second.max_fee, other->second.value);
      }
    }
  }
  if (const auto balance = read_u256(view_of_account.getBalance()); owed > to_u512(balance)) {
    return refuse(Reason::INSUFFICIENT_FUNDS, "balance " + to_decimal(balance) +
                                                  ", all that is pending may cost " + owed.str());
  }
  if (old != nullptr) {
    if (!bumped(max_fee, old->max_fee, rules.bump_percent) ||
        !bumped(max_priority_fee, old->max_priority_fee, rules.bump_percent)) {
      return refuse(Reason::UNDERPRICED, "replacing " + to_hex(old->hash) + " needs both fees " +
                                             number(rules.bump_percent) + " % higher than " +
                                             to_decimal(old->max_fee) + " and " +
                                             to_decimal(old->max_priority_fee));
    }
  } else {
    if (account != nullptr && account->txns.size() >= rules.per_sender) {
      return refuse(Reason::SENDER_LIMIT,
                    "at most " + number(rules.per_sender) + " transactions of one sender wait");
    }
    auto run = reached;
    while (account != nullptr && account->txns.contains(run)) ++run;
    if (nonce != run && pool.by_hash.size() * 2 >= rules.total) {
      return refuse(Reason::POOL_FULL,
                    "more than half of " + number(rules.total) +
                        " transactions wait: only the sender's next nonce is let in");
    }
  }
  const PooledTxn* evicted = nullptr;
  if (old == nullptr && pool.by_hash.size() >= rules.total) {
    evicted = find(pool, std::get<Hash32>(*pool.by_worth.begin()));
    if (!bumped(max_fee, evicted->max_fee, rules.bump_percent)) {
      return refuse(Reason::POOL_FULL, number(rules.total) +
                                           " transactions wait, the cheapest of them at " +
                                           to_decimal(evicted->max_fee) + " wei per gas");
    }
  }

  Decision out;
  if (evicted != nullptr) {
    out.facts.push_back(dropped(evicted->hash, Reason::EVICTED,
                                "the pool was full and somebody offered more per gas"));
  }
  if (old != nullptr) {
    out.facts.push_back(make_fact<MempoolFact>([&](auto fact) {
      auto replaced = fact.initTxnReplaced();
      replaced.setHash(data(old->hash));
      replaced.setBy(data(hash));
    }));
  }
  out.facts.push_back(make_fact<MempoolFact>([&](auto fact) {
    auto admitted = fact.initTxnAdmitted();
    admitted.setAccountNonce(reached);
    admitted.setTxn(txn);
  }));
  return out;
}

// Of one sender's skipped transactions only the first is to blame: the others lacked their
// predecessor and go on waiting.
void drop_blamed(const Mempool& pool, capnp::List<schema::SkippedTxn>::Reader skipped,
                 Decision& out, std::set<Hash32>& gone) {
  struct Blamed {
    const PooledTxn* txn;
    std::string reason;
  };
  std::map<Address, Blamed> first;
  for (const auto skip : skipped) {
    const auto* txn = find(pool, fixed<Hash32>(skip.getHash()));
    if (txn == nullptr) continue;
    const auto [entry, fresh] =
        first.try_emplace(txn->sender, Blamed{txn, skip.getReason().cStr()});
    if (!fresh && txn->nonce < entry->second.txn->nonce) {
      entry->second = {txn, skip.getReason().cStr()};
    }
  }
  for (const auto& [sender, blamed] : first) {
    gone.insert(blamed.txn->hash);
    out.facts.push_back(dropped(blamed.txn->hash, Reason::ENGINE_SKIPPED, blamed.reason));
  }
}

Decision decide_include(const Mempool& pool, schema::IncludeTxns::Reader command) {
  // A block delivered twice is harmless.
  if (command.getBlock() <= pool.included_block) return {};
  if (command.getBlock() != pool.included_block + 1) {
    return refuse(Reason::NOT_NEXT, "block " + std::to_string(command.getBlock()) +
                                        " after block " + std::to_string(pool.included_block));
  }
  Decision out;
  std::set<Hash32> included;
  for (const auto hash : command.getHashes()) included.insert(fixed<Hash32>(hash));

  std::set<Hash32> gone;
  drop_blamed(pool, command.getSkipped(), out, gone);
  for (const auto sender : command.getSenders()) {
    const auto account = pool.accounts.find(fixed<Address>(sender.getAddress()));
    if (account == pool.accounts.end()) continue;
    for (const auto& [nonce, txn] : account->second.txns) {
      if (nonce >= sender.getNonce()) break;
      if (included.contains(txn.hash) || gone.contains(txn.hash)) continue;
      out.facts.push_back(dropped(txn.hash, Reason::INCLUDED_ELSEWHERE,
                                  "nonce " + std::to_string(nonce) + " was used in block " +
                                      std::to_string(command.getBlock())));
    }
  }
  out.facts.push_back(make_fact<MempoolFact>([&](auto fact) {
    auto facts = fact.initTxnsIncluded();
    facts.setBlock(command.getBlock());
    facts.setHashes(command.getHashes());
    facts.setSenders(command.getSenders());
  }));
  return out;
}

bool is_summed(const Mempool& pool) { return pool.use != PoolUse::chooses; }

// Every change of an account goes through here, so that sums and ages follow.
template <class Change>
void change_account(Mempool& pool, const Address& address, Change&& change) {
  const auto [entry, fresh] = pool.accounts.try_emplace(address);
  auto& account = entry->second;
  if (fresh) account.block = pool.included_block;
  if (account.summed) pool.nonce_sum -= entry_sum(address, account);
  if ((fresh || account.summed) && is_summed(pool)) pool.unsummed_accounts.push_back(address);
  account.summed = false;
  const auto block = account.block;
  change(account);
  if (fresh || block != account.block) pool.by_age.emplace_back(account.block, address);
}

// Adds what is listed; an entry that left is listed, too, and one that came again is twice.
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

template <class Key>
std::vector<Key> each_once(std::vector<Key> keys) {
  boost::unordered_flat_set<Key, FixedHasher> seen;
  seen.reserve(keys.size());
  std::erase_if(keys, [&](const Key& key) { return !seen.insert(key).second; });
  return keys;
}

struct Sums {
  U256 txns, nonces;
};

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
  account.txns.erase(txn);
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

void apply_included(Mempool& pool, schema::TxnsIncluded::Reader fact) {
  if (fact.getBlock() != pool.included_block + 1) {
    stop("TxnsIncluded of block " + std::to_string(fact.getBlock()) + " after block " +
         std::to_string(pool.included_block));
  }
  pool.included_block = fact.getBlock();
  // A block may hold what this pool never had: only what waits here leaves.
  for (const auto reader : fact.getHashes()) {
    take_out(pool, fixed<Hash32>(reader));
  }
  for (const auto sender : fact.getSenders()) {
    change_account(pool, fixed<Address>(sender.getAddress()), [&](PoolAccount& account) {
      account.nonce = std::max(account.nonce, sender.getNonce());
      account.block = fact.getBlock();
    });
  }
  forget_old_accounts(pool);
}

}  // namespace

Decision decide(const Mempool& pool, schema::MempoolCommand::Reader command) {
  using Command = schema::MempoolCommand;
  if (pool.use != PoolUse::decides) stop("a decision by a pool that only folds or chooses");
  if (!pool.open && command.which() != Command::SET_PARAMETERS) {
    return refuse(Reason::NOT_OPEN, "the mempool has no parameters yet");
  }
  switch (command.which()) {
    case Command::NONE:
      return refuse(Reason::MALFORMED, "an empty command");
    case Command::SET_PARAMETERS: {
      Decision out;
      auto fact = make_fact<MempoolFact>(
          [&](auto builder) { builder.setParametersSet(command.getSetParameters()); });
      out.facts.push_back(std::move(fact));
      return out;
    }
    case Command::SUBMIT:
      return decide_submit(pool, command.getSubmit());
    case Command::INCLUDE:
      return decide_include(pool, command.getInclude());
    case Command::DROP: {
      Decision out;
      std::set<Hash32> gone;
      drop_blamed(pool, command.getDrop(), out, gone);
      return out;
    }
  }
  stop("a mempool command written by a newer version");
}

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
      pool.parameters = {set.getChainId(),          set.getPerSender(),   set.getTotal(),
                         set.getBumpPercent(),      set.getNonceWindow(), set.getTxnGasLimit(),
                         read_u256(set.getMinFee())};
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
  }
  stop("a mempool fact written by a newer version");
}

Message state_message(const Mempool& pool) {
  if (!is_summed(pool)) stop("the state of a pool that only chooses is not a mempool's");
  const auto all = sums(pool);
  return Msg<schema::MempoolState>::build([&](auto state) {
    state.setCount(pool.by_hash.size());
    state.setArrivals(pool.arrivals);
    state.setPosition(pool.position);
    state.setIncludedBlock(pool.included_block);
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
  });
}

const PooledTxn* find(const Mempool& pool, const Hash32& hash) {
  const auto place = pool.by_hash.find(hash);
  if (place == pool.by_hash.end()) return nullptr;
  return &pool.accounts.at(place->second.first).txns.at(place->second.second);
}

std::optional<std::uint64_t> next_nonce(const Mempool& pool, const Address& sender) {
  const auto account = pool.accounts.find(sender);
  if (account == pool.accounts.end()) return std::nullopt;
  auto next = account->second.nonce;
  for (auto txn = account->second.txns.find(next);
       txn != account->second.txns.end() && txn->first == next; ++txn) {
    ++next;
  }
  return next;
}

bool starved(const Mempool& pool, const U256& base_fee) {
  return std::any_of(pool.waiting.begin(), pool.waiting.end(), [&](const Address& address) {
    const auto& account = pool.accounts.at(address);
    const auto next = account.txns.find(account.nonce);
    return next != account.txns.end() && next->second.max_fee < base_fee;
  });
}

std::vector<const PooledTxn*> select(const Mempool& pool, const U256& base_fee,
                                     std::uint64_t gas_limit) {
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
      queue.txns.push_back(
          {nonce, txn.gas_limit, txn.arrival, txn.max_fee, txn.max_priority_fee, txn.hash});
      txns.push_back(&txn);
    }
  }
  std::vector<const PooledTxn*> out;
  for (const auto place : order_places(queues, {base_fee, gas_limit, SIZE_MAX})) {
    out.push_back(behind[place.sender][place.txn]);
  }
  return out;
}

}  // namespace horae
