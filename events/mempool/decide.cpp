#include "events/mempool/mempool.hpp"

#include <map>

#include "core/u512.hpp"
#include "events/mempool/gap.hpp"

namespace horae {
namespace {

using schema::MempoolFact;

// What a transaction can cost its sender: gas x fee + value.
U512 cost(std::uint64_t gas_limit, const U256& max_fee, const U256& value) {
  return to_u512(max_fee) * gas_limit + to_u512(value);
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

// Who gives way to a newcomer: null where nobody has to.
struct MadeRoom {
  const PooledTxn* evicted = nullptr;
  std::string why;  // it gives way
};

const PooledTxn& last_of(const Mempool& pool, const Address& address) {
  return pool.accounts.at(address).txns.rbegin()->second;
}

// A place for what can run: that of what cannot, or of what pays less, but of nothing of its own
// sender, which it may follow.
Result<MadeRoom> room_to_run(const Mempool& pool, const Address& sender, const U256& max_fee) {
  const auto& rules = pool.parameters;
  if (pool.by_hash.size() < rules.total) return MadeRoom{};
  if (!pool.gapped.empty()) {
    return MadeRoom{&last_of(pool, pool.gapped.begin()->address),
                    "the pool was full, and a nonce before it was missing"};
  }
  const PooledTxn* cheapest = nullptr;
  for (const auto& worth : pool.by_worth) {
    cheapest = find(pool, std::get<Hash32>(worth));
    if (cheapest->sender != sender) break;
  }
  if (cheapest->sender != sender && bumped(max_fee, cheapest->max_fee, rules.bump_percent)) {
    return MadeRoom{cheapest, "the pool was full and somebody offered more per gas"};
  }
  return fail(std::to_string(rules.total) + " transactions wait, the cheapest of them at " +
              to_decimal(cheapest->max_fee) + " wei per gas");
}

// A place for what lacks a nonce before it, where its sender holds so many of that kind already.
Result<MadeRoom> room_behind_gap(const Mempool& pool, const U256& max_fee, std::uint64_t held) {
  const auto& rules = pool.parameters;
  if (pool.by_hash.size() * 2 < rules.total) return MadeRoom{};
  const auto crowded = "more than half of " + std::to_string(rules.total) + " transactions wait: ";
  if (pool.gapped.empty()) return fail(crowded + "only the sender's next nonce is let in");
  const auto& first = *pool.gapped.begin();
  const auto most = UINT64_MAX - first.count_below;
  if (held + 1 < most) {
    return MadeRoom{&last_of(pool, first.address),
                    "a nonce before it was missing, and nobody had more such transactions than its "
                    "sender's " +
                        std::to_string(most)};
  }
  if (bumped(max_fee, first.max_fee, rules.bump_percent)) {
    return MadeRoom{&last_of(pool, first.address),
                    "a nonce before it was missing, and somebody offered more per gas"};
  }
  return fail(crowded + "of those that lack a nonce before them, the first to give way offers " +
              to_decimal(first.max_fee) + " wei per gas");
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

  const PooledTxn* old = nullptr;
  auto owed = cost(txn.getGasLimit(), max_fee, read_u256(txn.getValue()));
  auto run = reached;      // the first nonce that nothing waits with: what is below it can run
  std::uint64_t held = 0;  // transactions that wait behind run
  if (account != nullptr) {
    if (const auto known_txn = account->txns.find(nonce); known_txn != account->txns.end()) {
      old = &known_txn->second;
    }
    for (auto other = account->txns.lower_bound(reached); other != account->txns.end(); ++other) {
      const bool runs = other->first == run;
      runs ? ++run : ++held;
      if (other->first == nonce || (!runs && other->first > nonce)) continue;
      owed += cost(other->second.gas_limit, other->second.max_fee, other->second.value);
    }
  }
  if (nonce > run && nonce - run > rules.nonce_window) {
    return refuse(Reason::NONCE_TOO_HIGH, "nonce " + number(nonce) + ", the sender's next is " +
                                              number(run) + " and at most " +
                                              number(rules.nonce_window) + " may be ahead");
  }
  // As geth counts, what lacks a nonce before it costs nothing yet for what can run, and gives way
  // when it comes to run and cannot be paid for. It has to be paid for itself, with all that would
  // run before it: a balance backs so many places and no more.
  if (const auto balance = read_u256(view_of_account.getBalance()); owed > to_u512(balance)) {
    return refuse(Reason::INSUFFICIENT_FUNDS,
                  "balance " + to_decimal(balance) + ", with all that " +
                      (nonce > run ? "waits before it" : "can run") + " it may cost " + owed.str());
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
    if (nonce == run && run - reached >= rules.per_sender) {
      return refuse(Reason::SENDER_LIMIT, "at most " + number(rules.per_sender) +
                                              " transactions of one sender wait to run");
    }
  }
  MadeRoom place;
  if (old == nullptr) {
    auto found =
        nonce == run ? room_to_run(pool, sender, max_fee) : room_behind_gap(pool, max_fee, held);
    if (!found) return refuse(Reason::POOL_FULL, found.error().what);
    place = std::move(*found);
  }

  Decision out;
  if (place.evicted != nullptr) {
    out.facts.push_back(dropped(place.evicted->hash, Reason::EVICTED, place.why));
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

// What has lacked a nonce for too long. Whoever is in the block has another nonce now, and is
// looked at with a later one.
void drop_expired(const Mempool& pool, schema::IncludeTxns::Reader command, Decision& out,
                  std::set<Hash32>& gone) {
  const auto old = old_arrivals(pool, command.getTime());
  if (old == 0) return;
  std::set<Address> included;
  for (const auto sender : command.getSenders()) {
    included.insert(fixed<Address>(sender.getAddress()));
  }
  for (const auto& entry : pool.gapped) {
    if (included.contains(entry.address)) continue;
    const auto& account = pool.accounts.at(entry.address);
    for (auto txn = gap_begin(account); txn != account.txns.end(); ++txn) {
      if (txn->second.arrival >= old || !gone.insert(txn->second.hash).second) continue;
      out.facts.push_back(dropped(txn->second.hash, Reason::EXPIRED,
                                  "a nonce before it was missing for " +
                                      std::to_string(pool.parameters.gap_lifetime) +
                                      " s: the sender's next was " + std::to_string(account.run)));
    }
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
  drop_expired(pool, command, out, gone);
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
    facts.setTime(command.getTime());
    facts.setEpoch(command.getEpoch());
  }));
  return out;
}

// What waits already, or could not wait beside another of its nonce, is let be.
bool has_room_for(const Mempool& pool, schema::PooledTxn::Reader txn) {
  if (find(pool, fixed<Hash32>(txn.getHash())) != nullptr) return false;
  const auto account = pool.accounts.find(fixed<Address>(txn.getSender()));
  return account == pool.accounts.end() || !account->second.txns.contains(txn.getNonce());
}

Decision decide_return(const Mempool& pool, schema::ReturnTxns::Reader command) {
  // A block that is returned twice is harmless.
  if (command.getBlock() > pool.included_block) return {};
  if (command.getBlock() != pool.included_block) {
    return refuse(Reason::NOT_NEXT, "block " + std::to_string(command.getBlock()) +
                                        " is returned, block " +
                                        std::to_string(pool.included_block) + " was included last");
  }
  std::map<Address, std::uint64_t> nonces;
  for (const auto txn : command.getTxns()) {
    const auto [entry, fresh] = nonces.try_emplace(fixed<Address>(txn.getSender()), txn.getNonce());
    if (!fresh) entry->second = std::min(entry->second, txn.getNonce());
  }
  auto out = decided(make_fact<MempoolFact>([&](auto fact) {
    auto returned = fact.initTxnsReturned();
    returned.setBlock(command.getBlock());
    returned.setEpochBefore(command.getEpochBefore());
    auto senders = returned.initSenders(static_cast<unsigned>(nonces.size()));
    unsigned next = 0;
    for (const auto& [sender, nonce] : nonces) {
      senders[next].setNonce(nonce);
      senders[next++].setAddress(data(sender));
    }
  }));
  for (const auto txn : command.getTxns()) {
    if (!has_room_for(pool, txn)) continue;
    out.facts.push_back(make_fact<MempoolFact>([&](auto fact) {
      auto admitted = fact.initTxnAdmitted();
      admitted.setAccountNonce(nonces.at(fixed<Address>(txn.getSender())));
      admitted.setTxn(txn);
    }));
  }
  return out;
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
    case Command::RETURN_TXNS:
      return decide_return(pool, command.getReturnTxns());
    case Command::DROP: {
      Decision out;
      std::set<Hash32> gone;
      drop_blamed(pool, command.getDrop(), out, gone);
      return out;
    }
  }
  stop("a mempool command written by a newer version");
}

}  // namespace horae
