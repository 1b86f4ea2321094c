// The service's watch in a snapshot, and back.
#include <algorithm>

#include "duties/service_watch.hpp"

namespace horae {
namespace {

using Kind = SnapshotPart::Kind;

template <class S>
Result<typename S::Reader> walked(const SnapshotPart& part) {
  if (auto checked = Message::check(part.message.bytes(), capnp::Schema::from<S>()); !checked) {
    return tl::unexpected(checked.error());
  }
  return Msg<S>::of(part.message).read();
}

}  // namespace

void write(schema::OwedObservations::Builder out, const Noticed& noticed) {
  out.setCause(noticed.cause);
  auto list = out.initObservations(static_cast<unsigned>(noticed.observations.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    list.setWithCaveats(i, noticed.observations[i].read().getObserve());
  }
}

Noticed read_noticed(schema::OwedObservations::Reader told) {
  Noticed out{told.getCause(), {}};
  for (const auto observed : told.getObservations()) {
    out.observations.push_back(Msg<schema::ObservationsCommand>::build(
        [&](auto command) { command.setObserve(observed); }));
  }
  return out;
}

void ServiceWatch::add_parts(std::vector<SnapshotPart>& out, const Mempool& pool) const {
  out.push_back({Kind::service, Msg<schema::ServicePart>::build([&](auto part) {
                   part.setTimestampMs(timestamp_ms_);
                   part.setBlocks(blocks_);
                   part.setSealedMs(sealed_ms_);
                   part.setBacklogTold(backlog_told_);
                   part.setBaseFee(data(to_word(base_fee_)));
                   auto newest =
                       part.initNewestBlocks(static_cast<unsigned>(newest_blocks_.size()));
                   for (unsigned i = 0; i < newest.size(); ++i) newest.set(i, newest_blocks_[i]);
                   auto rounds = part.initRounds(static_cast<unsigned>(rounds_.size()));
                   unsigned next = 0;
                   for (const auto& [number, round] : rounds_) {
                     auto entry = rounds[next++];
                     entry.setRound(number);
                     entry.setOpenedMs(round.opened_ms);
                     entry.setDigest(data(round.digest));
                   }
                   auto owed = part.initOwed(static_cast<unsigned>(owed_.size()));
                   for (unsigned i = 0; i < owed.size(); ++i) write(owed[i], owed_[i]);
                 })});
  std::vector<std::pair<Address, const PoolAccount*>> senders;
  senders.reserve(pool.waiting.size());
  for (const auto& address : pool.waiting) {
    senders.emplace_back(address, &pool.accounts.at(address));
  }
  std::ranges::sort(senders);
  // One of a stranger's snapshot may know less than the pool: that is found out by comparing.
  const auto known = [this](const Hash32& hash) {
    const auto found = waiting_.find(hash);
    return found == waiting_.end() ? Waiting{} : found->second;
  };
  for (auto next = senders.begin(); next != senders.end();) {
    const auto first = next;
    for (std::size_t entries = 0; next != senders.end() && entries < part_entries; ++next) {
      entries += 1 + next->second->txns.size();
    }
    out.push_back({Kind::service_txns, Msg<schema::ServiceTxnsPart>::build([&](auto part) {
                     auto list = part.initSenders(static_cast<unsigned>(next - first));
                     for (unsigned i = 0; i < list.size(); ++i) {
                       const auto& [address, sender] = first[i];
                       list[i].setNonce(sender->nonce);
                       list[i].setAddress(data(address));
                       auto txns = list[i].initTxns(static_cast<unsigned>(sender->txns.size()));
                       unsigned at = 0;
                       for (const auto& [nonce, pooled] : sender->txns) {
                         const auto waiting = known(pooled.hash);
                         auto txn = txns[at++];
                         txn.setNonce(nonce);
                         txn.setAdmitted(waiting.admitted);
                         txn.setReady(waiting.ready_ms.has_value());
                         txn.setReadyMs(waiting.ready_ms.value_or(0));
                         txn.setHash(data(pooled.hash));
                         txn.setMaxFee(data(to_word(pooled.max_fee)));
                       }
                     }
                   })});
  }
}

std::vector<std::pair<std::uint64_t, Hash32>> ServiceWatch::waiting() const {
  std::vector<std::pair<std::uint64_t, Hash32>> out;
  out.reserve(waiting_.size());
  for (const auto& [hash, waiting] : waiting_) out.emplace_back(waiting.admitted, hash);
  return out;
}

Result<void> ServiceWatch::take(const SnapshotPart& part) {
  if (part.kind == Kind::service) {
    const auto told = walked<schema::ServicePart>(part);
    if (!told) return tl::unexpected(told.error());
    timestamp_ms_ = told->getTimestampMs();
    blocks_ = told->getBlocks();
    sealed_ms_ = told->getSealedMs();
    backlog_told_ = told->getBacklogTold();
    base_fee_ = read_u256(told->getBaseFee());
    for (const auto seq : told->getNewestBlocks()) newest_blocks_.push_back(seq);
    for (const auto round : told->getRounds()) {
      rounds_[round.getRound()] = {round.getOpenedMs(), fixed<Hash32>(round.getDigest())};
    }
    for (const auto each : told->getOwed()) owed_.push_back(read_noticed(each));
    return {};
  }
  const auto told = walked<schema::ServiceTxnsPart>(part);
  if (!told) return tl::unexpected(told.error());
  for (const auto each : told->getSenders()) {
    const auto address = fixed<Address>(each.getAddress());
    for (const auto txn : each.getTxns()) {
      Waiting waiting{txn.getNonce(), txn.getAdmitted(), {}, address};
      if (txn.getReady()) waiting.ready_ms = txn.getReadyMs();
      waiting_[fixed<Hash32>(txn.getHash())] = waiting;
    }
  }
  return {};
}

Result<ServiceWatch> ServiceWatch::restore(const std::vector<SnapshotPart>& parts,
                                           const World& world) {
  ServiceWatch out;
  out.seq_ = world.seq;
  out.time_ms_ = world.time_ms;
  // Both read the same facts.
  out.rules_ = world.local.observations.rules;
  std::vector<SnapshotPart> own;
  for (const auto& part : parts) {
    if (part.kind != Kind::service && part.kind != Kind::service_txns) continue;
    own.push_back(part);
    if (auto taken = out.take(part); !taken) {
      return within("its part on the service", taken.error());
    }
  }
  // Nothing was left out, and no part is missing, twice or out of order.
  std::vector<SnapshotPart> same;
  out.add_parts(same, world.local.mempool);
  const auto equal = [](const SnapshotPart& a, const SnapshotPart& b) {
    return a.kind == b.kind && std::ranges::equal(a.message.bytes(), b.message.bytes());
  };
  if (!std::ranges::equal(own, same, equal)) {
    return fail("its part on the service is not what a watch says of itself");
  }
  return out;
}

}  // namespace horae
