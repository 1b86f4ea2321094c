#include "duties/service_watch.hpp"

#include <algorithm>

#include "core/rules/base_fee.hpp"
#include "events/blocks/blocks.hpp"
#include "events/mempool/mempool.hpp"
#include "schemas/mpc.capnp.h"
#include "schemas/node.capnp.h"

namespace horae {
namespace {

// Borrowed where it can be: nothing keeps a fact beyond the call.
template <class S>
Msg<S> fact_of(const RecordView& record) {
  const bool aligned = reinterpret_cast<std::uintptr_t>(record.payload.data()) % 8 == 0;
  return Msg<S>::of(aligned ? Message::borrowed(record.payload) : Message::trusted(record.payload));
}

struct Seen {
  ObservationKind kind;
  std::uint64_t count, from_ms, until_ms, block;
  std::optional<Hash32> subject;
  std::string detail;
};

Msg<schema::ObservationsCommand> observation(const Seen& seen) {
  return Msg<schema::ObservationsCommand>::build([&](auto command) {
    auto observed = command.initObserve();
    observed.setKind(seen.kind);
    observed.setCount(static_cast<std::uint32_t>(std::min<std::uint64_t>(seen.count, UINT32_MAX)));
    observed.setFromMs(std::min(seen.from_ms, seen.until_ms));
    observed.setUntilMs(seen.until_ms);
    observed.setBlock(seen.block);
    if (seen.subject) observed.setSubject(data(*seen.subject));
    observed.setDetail(seen.detail.c_str());
  });
}

std::string ms(std::uint64_t value) { return std::to_string(value) + " ms"; }

}  // namespace

Noticed refused_forwards(std::uint32_t count, const Hash32& first, const std::string& why,
                         std::uint64_t now_ms) {
  Noticed out;
  out.observations.push_back(
      observation({ObservationKind::FORWARD_REFUSED, count, now_ms, now_ms, 0, first, why}));
  return out;
}

void ServiceWatch::see(const RecordView& record, const Mempool& pool) {
  if (record.header.seq != seq_ + 1) {
    stop("the service's watch saw record " + std::to_string(record.header.seq) + " after " +
         std::to_string(seq_));
  }
  switch (record.header.domain) {
    case Domain::NODE:
      see_start(record);
      break;
    case Domain::MEMPOOL:
      see_mempool(record, pool);
      break;
    case Domain::BLOCKS:
      see_blocks(record, pool);
      break;
    case Domain::MPC:
      see_mpc(record);
      break;
    case Domain::PENALTIES:
      see_penalties(record);
      break;
    default:  // the others say nothing of how this node serves
      break;
  }
  seq_ = record.header.seq;
  time_ms_ = record.header.time_ms;
}

void ServiceWatch::owe(std::uint64_t cause,
                       std::vector<Msg<schema::ObservationsCommand>> observations) {
  owed_.push_back({cause, std::move(observations)});
}

void ServiceWatch::see_start(const RecordView& record) {
  if (!fact_of<schema::NodeFact>(record).read().isNodeStarted()) return;
  const auto gap = record.header.time_ms - time_ms_;
  if (!rules_ || blocks_ == 0 || gap <= rules_->outage_limit_ms) return;
  owe(record.header.seq,
      {observation({ObservationKind::OUTAGE,
                    1,
                    time_ms_,
                    record.header.time_ms,
                    0,
                    {},
                    "started after " + ms(gap) +
                        " without a record: the node was not running for at most so long"})});
}

void ServiceWatch::see_blocks(const RecordView& record, const Mempool& pool) {
  const auto message = fact_of<schema::BlocksFact>(record);
  const auto fact = message.read();
  switch (fact.which()) {
    case schema::BlocksFact::CHAIN_OPENED:
      timestamp_ms_ = fact.getChainOpened().getGenesisTime() * 1000;
      base_fee_ = next_base_fee(
          {read_u256(fact.getChainOpened().getBaseFee()), 0, fact.getChainOpened().getGasLimit()});
      return;
    case schema::BlocksFact::BLOCK_SEALED:
      return see_block(record, fact.getBlockSealed(), pool);
    case schema::BlocksFact::NONE:
    case schema::BlocksFact::EPOCH_LENGTH_SET:
    case schema::BlocksFact::L1_BOUND_SET:
    case schema::BlocksFact::SEAL_REFUSED:
    case schema::BlocksFact::SEAL_RULES_SET:
    case schema::BlocksFact::ATTESTATION_SET:
    case schema::BlocksFact::BLOCKS_ATTESTED:
    case schema::BlocksFact::BLOCKS_REVOKED:
    case schema::BlocksFact::TURNS_SET:
    case schema::BlocksFact::EPOCH_STARTED:
      return;
  }
}

// A block is due one block time after the one before it, or after the first of its transactions
// could be included, whichever is later. So nobody is blamed for blocks that were full.
void ServiceWatch::see_block(const RecordView& record, schema::BlockSealed::Reader block,
                             const Mempool& pool) {
  const auto header = block.getHeader();
  const auto now = record.header.time_ms;
  std::optional<std::uint64_t> ready;
  Hash32 first;
  for (const auto reader : block.getHashes()) {
    const auto found = waiting_.find(fixed<Hash32>(reader));
    if (found == waiting_.end()) continue;
    const auto& txn = found->second;
    if (!txn.ready_ms || (ready && *ready <= *txn.ready_ms)) continue;
    ready = txn.ready_ms;
    first = found->first;
  }
  if (rules_ && ready) {
    const auto slot = std::max(*ready, timestamp_ms_) + rules_->block_time_ms;
    if (now > slot && now - slot > rules_->late_after_ms) {
      const auto number = std::to_string(header.getNumber());
      std::vector<Msg<schema::ObservationsCommand>> seen;
      seen.push_back(
          observation({ObservationKind::LATE_BLOCK, 1, slot, now, header.getNumber(), first,
                       "block " + number + " was due and came " + ms(now - slot) + " later"}));
      if (const auto missed = (now - slot) / rules_->block_time_ms; missed > 0) {
        seen.push_back(
            observation({ObservationKind::MISSED_SLOT, missed, slot, now, header.getNumber(), first,
                         std::to_string(missed) + " slots before block " + number}));
      }
      owe(record.header.seq, std::move(seen));
    }
  }
  ++blocks_;
  timestamp_ms_ = header.getTimestamp() * 1000;
  newest_blocks_.push_back(record.header.seq);
  if (newest_blocks_.size() > blocks_kept) newest_blocks_.pop_front();
  set_base_fee(
      next_base_fee({read_u256(header.getBaseFee()), header.getGasUsed(), header.getGasLimit()}),
      now, pool);
}

// A base fee that falls lets in what could not pay it.
void ServiceWatch::set_base_fee(const U256& base_fee, std::uint64_t now_ms, const Mempool& pool) {
  for (auto entry = pool.by_worth.lower_bound({base_fee, 0, {}});
       entry != pool.by_worth.end() && std::get<U256>(*entry) < base_fee_; ++entry) {
    const auto& found = waiting_.at(std::get<Hash32>(*entry));
    const auto& txns = pool.accounts.at(found.sender).txns;
    for (auto txn = txns.find(found.nonce); txn != txns.end(); ++txn) {
      auto& ready = waiting_.at(txn->second.hash).ready_ms;
      if (!ready) break;
      ready = now_ms;
    }
  }
  base_fee_ = base_fee;
}

void ServiceWatch::see_mempool(const RecordView& record, const Mempool& pool) {
  const auto message = fact_of<schema::MempoolFact>(record);
  const auto fact = message.read();
  switch (fact.which()) {
    case schema::MempoolFact::TXN_ADMITTED:
      return admit(record, fact.getTxnAdmitted(), pool);
    case schema::MempoolFact::TXN_REPLACED:
      // What takes its place follows in the same decision: those behind it do not wait anew.
      waiting_.erase(fixed<Hash32>(fact.getTxnReplaced().getHash()));
      return;
    case schema::MempoolFact::TXN_DROPPED:
      return drop(fixed<Hash32>(fact.getTxnDropped().getHash()), pool);
    case schema::MempoolFact::TXNS_INCLUDED:
      return see_included(record.header.time_ms, fact.getTxnsIncluded(), pool);
    case schema::MempoolFact::NONE:
    case schema::MempoolFact::PARAMETERS_SET:
    case schema::MempoolFact::TXNS_RETURNED:  // each is admitted anew in the same decision
      return;
  }
}

// A block could take the one with this nonce now, and with it the unbroken run behind it that
// waited for its nonce.
void ServiceWatch::make_ready(const PoolAccount& account, std::uint64_t from_nonce,
                              std::uint64_t now_ms) {
  auto next = from_nonce;
  for (auto txn = account.txns.find(next); txn != account.txns.end() && txn->first == next;
       ++txn, ++next) {
    auto& ready = waiting_.at(txn->second.hash).ready_ms;
    if (!ready) ready = now_ms;
  }
}

void ServiceWatch::admit(const RecordView& record, schema::TxnAdmitted::Reader admitted,
                         const Mempool& pool) {
  const auto txn = admitted.getTxn();
  const auto sender = fixed<Address>(txn.getSender());
  const auto nonce = txn.getNonce();
  const auto& account = pool.accounts.at(sender);
  waiting_[fixed<Hash32>(txn.getHash())] = {nonce, record.header.seq, {}, sender};
  const auto before = nonce == 0 ? account.txns.end() : account.txns.find(nonce - 1);
  const bool connected =
      nonce == account.nonce ||
      (before != account.txns.end() && waiting_.at(before->second.hash).ready_ms.has_value());
  if (connected) make_ready(account, nonce, record.header.time_ms);
}

void ServiceWatch::drop(const Hash32& hash, const Mempool& pool) {
  const auto dropped = waiting_.extract(hash);
  if (!dropped) return;
  const auto account = pool.accounts.find(dropped.mapped().sender);
  if (account == pool.accounts.end()) return;
  const auto& txns = account->second.txns;
  for (auto txn = txns.upper_bound(dropped.mapped().nonce); txn != txns.end(); ++txn) {
    waiting_.at(txn->second.hash).ready_ms.reset();
  }
}

void ServiceWatch::see_included(std::uint64_t now_ms, schema::TxnsIncluded::Reader included,
                                const Mempool& pool) {
  for (const auto hash : included.getHashes()) waiting_.erase(fixed<Hash32>(hash));
  for (const auto reader : included.getSenders()) {
    const auto account = pool.accounts.find(fixed<Address>(reader.getAddress()));
    if (account == pool.accounts.end()) continue;
    // Whatever lies below is dropped by facts of its own.
    make_ready(account->second, account->second.nonce, now_ms);
  }
  sealed_ms_ = now_ms;
  if (!backlog_told_ || !rules_) return;
  const auto waits = oldest(pool);
  backlog_told_ = waits && now_ms - *waits->waiting->ready_ms > rules_->backlog_limit_ms;
}

std::optional<ServiceWatch::Oldest> ServiceWatch::oldest(const Mempool& pool) const {
  std::optional<Oldest> out;
  for (const auto& address : pool.waiting) {
    const auto& account = pool.accounts.at(address);
    const auto first = account.txns.find(account.nonce);
    if (first == account.txns.end() || first->second.max_fee < base_fee_) continue;
    const auto& waiting = waiting_.at(first->second.hash);
    if (!waiting.ready_ms) continue;
    // Of equal times the earlier record: the answer must not depend on the table's order.
    if (!out || std::pair(*waiting.ready_ms, waiting.admitted) <
                    std::pair(*out->waiting->ready_ms, out->waiting->admitted)) {
      out = {&first->second, &waiting};
    }
  }
  return out;
}

std::optional<Backlog> ServiceWatch::backlog(std::uint64_t now_ms, const Mempool& pool) const {
  if (!rules_ || backlog_told_) return std::nullopt;
  const auto waits = oldest(pool);
  if (!waits) return std::nullopt;
  const auto ready = *waits->waiting->ready_ms;
  const auto limit = rules_->backlog_limit_ms;
  if (now_ms <= ready || now_ms - ready <= limit) return std::nullopt;
  Backlog out{
      {waits->waiting->admitted, {}}, sealed_ms_, sealed_ms_ > ready && sealed_ms_ - ready > limit};
  out.noticed.observations.push_back(
      observation({ObservationKind::BACKLOG, 1, ready, now_ms, 0, waits->txn->hash,
                   "could be included for " + ms(now_ms - ready) + ", " +
                       std::to_string(pool.by_hash.size()) + " transactions wait"}));
  return out;
}

void ServiceWatch::see_mpc(const RecordView& record) {
  const auto message = fact_of<schema::MpcFact>(record);
  const auto fact = message.read();
  switch (fact.which()) {
    case schema::MpcFact::ROUND_OPENED:
      rounds_[fact.getRoundOpened().getRound()] = {
          record.header.time_ms, fixed<Hash32>(fact.getRoundOpened().getDigest())};
      return;
    case schema::MpcFact::ROUND_FINISHED:
      rounds_.erase(fact.getRoundFinished().getRound());
      return;
    case schema::MpcFact::ROUND_TIMED_OUT: {
      const auto late = fact.getRoundTimedOut();
      const auto round = rounds_.find(late.getRound());
      if (rules_) {
        std::string missing;
        for (const auto member : late.getMissing()) missing += " " + to_hex(view(member));
        const auto now = record.header.time_ms;
        owe(record.header.seq,
            {observation({ObservationKind::ROUND_TIMED_OUT, 1,
                          round == rounds_.end() ? now : round->second.opened_ms, now, 0,
                          round == rounds_.end() ? std::optional<Hash32>() : round->second.digest,
                          "round " + std::to_string(late.getRound()) +
                              (missing.empty() ? "" : ", no answer from" + missing)})});
      }
      if (round != rounds_.end()) rounds_.erase(round);
      return;
    }
    case schema::MpcFact::NONE:
    case schema::MpcFact::KEY_CREATED:
    case schema::MpcFact::KEY_SUCCEEDED:
    case schema::MpcFact::SLOT_SIGNED:
      return;
  }
}

void ServiceWatch::see_penalties(const RecordView& record) {
  const auto message = fact_of<schema::PenaltiesFact>(record);
  const auto fact = message.read();
  if (fact.isObservationParametersSet()) {
    // By the domain's own function, so that both read them alike.
    Observations set;
    apply(set, fact);
    rules_ = set.rules;
  } else if (fact.isObserved()) {
    const auto observed = fact.getObserved();
    if (observed.getKind() == ObservationKind::BACKLOG) {
      // A block that was sealed after the tick and before this record may have ended the episode.
      if (observed.getUntilMs() >= sealed_ms_) backlog_told_ = true;
      return;
    }
    if (observed.getKind() == ObservationKind::FORWARD_REFUSED) return;  // by no record
    while (!owed_.empty() && owed_.front().cause <= record.header.cause) owed_.pop_front();
  }
}

}  // namespace horae
