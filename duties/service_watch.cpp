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

void ServiceWatch::see(const RecordView& record) {
  if (record.header.seq != seq_ + 1) {
    stop("the service's watch saw record " + std::to_string(record.header.seq) + " after " +
         std::to_string(seq_));
  }
  switch (record.header.domain) {
    case Domain::NODE:
      see_start(record);
      break;
    case Domain::MEMPOOL:
      see_mempool(record);
      break;
    case Domain::BLOCKS:
      see_blocks(record);
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

void ServiceWatch::see_blocks(const RecordView& record) {
  const auto message = fact_of<schema::BlocksFact>(record);
  const auto fact = message.read();
  switch (fact.which()) {
    case schema::BlocksFact::CHAIN_OPENED:
      timestamp_ms_ = fact.getChainOpened().getGenesisTime() * 1000;
      base_fee_ = next_base_fee(
          {read_u256(fact.getChainOpened().getBaseFee()), 0, fact.getChainOpened().getGasLimit()});
      return;
    case schema::BlocksFact::BLOCK_SEALED:
      return see_block(record, fact.getBlockSealed());
    case schema::BlocksFact::NONE:
    case schema::BlocksFact::EPOCH_LENGTH_SET:
    case schema::BlocksFact::EPOCH_STARTED:
      return;
  }
}

// A block is due one block time after the one before it, or after the first of its transactions
// could be included, whichever is later. So nobody is blamed for blocks that were full.
void ServiceWatch::see_block(const RecordView& record, schema::BlockSealed::Reader block) {
  const auto header = block.getHeader();
  const auto now = record.header.time_ms;
  std::optional<std::uint64_t> ready;
  Hash32 first;
  for (const auto reader : block.getHashes()) {
    const auto place = by_hash_.find(fixed<Hash32>(reader));
    if (place == by_hash_.end()) continue;
    const auto& txn = senders_.at(place->second.first).txns.at(place->second.second);
    if (!txn.ready_ms || (ready && *ready <= *txn.ready_ms)) continue;
    ready = txn.ready_ms;
    first = txn.hash;
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
      now);
}

// A base fee that falls lets in what could not pay it.
void ServiceWatch::set_base_fee(const U256& base_fee, std::uint64_t now_ms) {
  for (auto entry = by_fee_.lower_bound({base_fee, {}});
       entry != by_fee_.end() && entry->first < base_fee_; ++entry) {
    const auto& [address, nonce] = entry->second;
    auto& txns = senders_.at(address).txns;
    for (auto txn = txns.find(nonce); txn != txns.end() && txn->second.ready_ms; ++txn) {
      txn->second.ready_ms = now_ms;
    }
  }
  base_fee_ = base_fee;
}

void ServiceWatch::see_mempool(const RecordView& record) {
  const auto message = fact_of<schema::MempoolFact>(record);
  const auto fact = message.read();
  switch (fact.which()) {
    case schema::MempoolFact::TXN_ADMITTED:
      return admit(record, fact.getTxnAdmitted());
    case schema::MempoolFact::TXN_REPLACED:
      return remove(fixed<Hash32>(fact.getTxnReplaced().getHash()), true);
    case schema::MempoolFact::TXN_DROPPED:
      return remove(fixed<Hash32>(fact.getTxnDropped().getHash()), false);
    case schema::MempoolFact::TXNS_INCLUDED:
      return see_included(record.header.time_ms, fact.getTxnsIncluded());
    case schema::MempoolFact::NONE:
    case schema::MempoolFact::PARAMETERS_SET:
      return;
  }
}

void ServiceWatch::admit(const RecordView& record, schema::TxnAdmitted::Reader admitted) {
  const auto txn = admitted.getTxn();
  const auto address = fixed<Address>(txn.getSender());
  const auto nonce = txn.getNonce();
  auto& sender = senders_[address];
  sender.nonce = std::max(sender.nonce, admitted.getAccountNonce());
  Waiting waiting{fixed<Hash32>(txn.getHash()), read_u256(txn.getMaxFee()), record.header.seq, {}};
  by_hash_[waiting.hash] = {address, nonce};
  by_fee_.insert({waiting.max_fee, {address, nonce}});
  const auto before = nonce == 0 ? sender.txns.end() : sender.txns.find(nonce - 1);
  const bool connected =
      nonce == sender.nonce || (before != sender.txns.end() && before->second.ready_ms.has_value());
  sender.txns[nonce] = std::move(waiting);
  if (!connected) return;
  // With it, those behind it that waited for its nonce.
  auto next = nonce;
  for (auto one = sender.txns.find(nonce);
       one != sender.txns.end() && one->first == next && !one->second.ready_ms.has_value();
       ++one, ++next) {
    one->second.ready_ms = record.header.time_ms;
  }
}

void ServiceWatch::remove(const Hash32& hash, bool successors_wait) {
  const auto place = by_hash_.find(hash);
  if (place == by_hash_.end()) return;
  const auto [address, nonce] = place->second;
  by_hash_.erase(place);
  auto& txns = senders_.at(address).txns;
  auto txn = txns.find(nonce);
  by_fee_.erase({txn->second.max_fee, {address, nonce}});
  txn = txns.erase(txn);
  if (!successors_wait) {
    for (; txn != txns.end(); ++txn) txn->second.ready_ms.reset();
  }
  // A replacement follows in the same decision.
  if (txns.empty() && !successors_wait) senders_.erase(address);
}

void ServiceWatch::see_included(std::uint64_t now_ms, schema::TxnsIncluded::Reader included) {
  for (const auto hash : included.getHashes()) remove(fixed<Hash32>(hash), true);
  for (const auto reader : included.getSenders()) {
    const auto address = fixed<Address>(reader.getAddress());
    const auto sender = senders_.find(address);
    if (sender == senders_.end()) continue;
    sender->second.nonce = std::max(sender->second.nonce, reader.getNonce());
    auto& txns = sender->second.txns;
    // Whatever lies below is dropped by facts of its own.
    auto next = sender->second.nonce;
    for (auto txn = txns.find(next); txn != txns.end() && txn->first == next; ++txn, ++next) {
      if (!txn->second.ready_ms) txn->second.ready_ms = now_ms;
    }
    if (txns.empty()) senders_.erase(sender);
  }
  sealed_ms_ = now_ms;
  if (!backlog_told_ || !rules_) return;
  const auto* waits = oldest();
  backlog_told_ = waits != nullptr && now_ms - *waits->ready_ms > rules_->backlog_limit_ms;
}

const ServiceWatch::Waiting* ServiceWatch::oldest() const {
  const Waiting* out = nullptr;
  for (const auto& [address, sender] : senders_) {
    const auto first = sender.txns.find(sender.nonce);
    if (first == sender.txns.end() || !first->second.ready_ms ||
        first->second.max_fee < base_fee_) {
      continue;
    }
    // Of equal times the earlier record: the answer must not depend on the table's order.
    const auto& txn = first->second;
    if (out == nullptr ||
        std::pair(*txn.ready_ms, txn.admitted) < std::pair(*out->ready_ms, out->admitted)) {
      out = &txn;
    }
  }
  return out;
}

std::optional<Noticed> ServiceWatch::tick(std::uint64_t now_ms) {
  if (!rules_ || backlog_told_) return std::nullopt;
  const auto* waits = oldest();
  if (waits == nullptr || now_ms <= *waits->ready_ms ||
      now_ms - *waits->ready_ms <= rules_->backlog_limit_ms) {
    return std::nullopt;
  }
  backlog_told_ = true;
  Noticed out{waits->admitted, {}};
  out.observations.push_back(
      observation({ObservationKind::BACKLOG, 1, *waits->ready_ms, now_ms, 0, waits->hash,
                   "could be included for " + ms(now_ms - *waits->ready_ms) + ", " +
                       std::to_string(by_hash_.size()) + " transactions wait"}));
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
    while (!owed_.empty() && owed_.front().cause <= record.header.cause) owed_.pop_front();
  }
}

}  // namespace horae
