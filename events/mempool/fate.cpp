#include "events/mempool/fate.hpp"

#include "core/eth/rlp.hpp"
#include "core/eth/txn.hpp"
#include "events/blocks/blocks.hpp"
#include "events/json.hpp"

namespace horae {
namespace {

namespace json = boost::json;
using schema::MempoolFact;

Msg<MempoolFact> mempool_fact(const RecordView& record) {
  return Msg<MempoolFact>::of(Message::trusted(record.payload));
}
Msg<schema::BlocksFact> blocks_fact(const RecordView& record) {
  return Msg<schema::BlocksFact>::of(Message::trusted(record.payload));
}

void add_all(std::vector<Hash32>& out, capnp::List<capnp::Data>::Reader hashes) {
  for (const auto hash : hashes) out.push_back(fixed<Hash32>(hash));
}

std::vector<Hash32> named(MempoolFact::Reader fact) {
  std::vector<Hash32> out;
  switch (fact.which()) {
    case MempoolFact::NONE:
    case MempoolFact::PARAMETERS_SET:
      return out;
    case MempoolFact::TXN_ADMITTED:
      out.push_back(fixed<Hash32>(fact.getTxnAdmitted().getTxn().getHash()));
      return out;
    case MempoolFact::TXN_REPLACED:
      out.push_back(fixed<Hash32>(fact.getTxnReplaced().getHash()));
      return out;
    case MempoolFact::TXN_DROPPED:
      out.push_back(fixed<Hash32>(fact.getTxnDropped().getHash()));
      return out;
    case MempoolFact::TXNS_INCLUDED:
      add_all(out, fact.getTxnsIncluded().getHashes());
      return out;
    case MempoolFact::TXNS_RETURNED:
      return out;  // what was in the block is admitted anew, by name
  }
  stop("a mempool fact written by a newer version");
}

// [{address, storageKeys}], as eth_getTransactionByHash shows an EIP-2930 access list.
json::array access_list_json(BytesView encoded) {
  json::array out;
  std::optional<Fault> fault;
  auto list = rlp::Reader::whole(encoded, fault);
  while (!list.done()) {
    auto entry = list.list("access list entry");
    const auto address = entry.fixed<Address>("address");
    auto keys = entry.list("storage keys");
    json::array shown;
    while (!keys.done()) shown.emplace_back(to_hex(keys.fixed<Hash32>("storage key")));
    out.push_back({{"address", to_hex(address)}, {"storageKeys", std::move(shown)}});
  }
  if (fault) stop("a waiting transaction with a broken access list: " + fault->what);
  return out;
}

}  // namespace

std::vector<Hash32> hashes_named(const RecordView& record) {
  if (record.header.domain == Domain::MEMPOOL) return named(mempool_fact(record).read());
  std::vector<Hash32> out;
  if (record.header.domain == Domain::BLOCKS) {
    const auto fact = blocks_fact(record);
    if (fact.read().isBlockSealed()) {
      const auto block = fact.read().getBlockSealed();
      out.push_back(fixed<Hash32>(block.getHeader().getBlockHash()));
      add_all(out, block.getHashes());
      for (const auto skipped : block.getSkipped()) out.push_back(fixed<Hash32>(skipped.getHash()));
    }
  }
  return out;
}

void Fate::add(const RecordView& record) {
  std::string what;
  if (record.header.domain == Domain::BLOCKS) {
    const auto fact = blocks_fact(record);
    if (!fact.read().isBlockSealed()) return;
    const auto block = fact.read().getBlockSealed();
    if (fixed<Hash32>(block.getHeader().getBlockHash()) == hash_) return;
    std::vector<Hash32> hashes;
    add_all(hashes, block.getHashes());
    const bool executed = std::find(hashes.begin(), hashes.end(), hash_) != hashes.end();
    what = executed ? "blockSealed" : "skipped";
    if (executed) {
      out_["status"] = "sealed";
      out_["block"] = block.getHeader().getNumber();
    }
  } else if (record.header.domain == Domain::MEMPOOL) {
    const auto message = mempool_fact(record);
    const auto fact = message.read();
    if (fact.isTxnAdmitted()) {
      what = "txnAdmitted";
      out_ = {{"status", "pending"}};
    } else if (fact.isTxnReplaced()) {
      what = "txnReplaced";
      out_["status"] = "replaced";
      out_["by"] = to_hex(view(fact.getTxnReplaced().getBy()));
    } else if (fact.isTxnDropped()) {
      what = "txnDropped";
      out_["status"] = "dropped";
      out_["reason"] = reason_name(fact.getTxnDropped().getReason());
      out_["detail"] = fact.getTxnDropped().getDetail().cStr();
    } else if (fact.isTxnsIncluded()) {
      what = "txnsIncluded";
      out_["status"] = "included";
      out_["block"] = fact.getTxnsIncluded().getBlock();
    }
  }
  if (what.empty()) return;
  history_.push_back({{"seq", record.header.seq}, {"time", record.header.time_ms}, {"fact", what}});
}

json::value Fate::json() const {
  if (history_.empty()) return nullptr;
  auto out = out_;
  out["hash"] = to_hex(hash_);
  out["history"] = history_;
  return out;
}

json::object pooled_json(const PooledTxn& pooled) {
  const auto decoded = decode_txn(pooled.raw);
  if (!decoded) stop("a waiting transaction that cannot be decoded: " + decoded.error().what);
  const auto& txn = *decoded;
  const auto quantity = [](const U256& value) { return json::string(to_quantity(value)); };
  json::object out{{"hash", to_hex(pooled.hash)},
                   {"type", quantity(txn.type)},
                   {"from", to_hex(pooled.sender)},
                   {"to", txn.to ? json::value(to_hex(*txn.to)) : json::value(nullptr)},
                   {"nonce", quantity(txn.nonce)},
                   {"gas", quantity(txn.gas_limit)},
                   {"value", quantity(txn.value)},
                   {"input", to_hex(txn.data)},
                   {"gasPrice", quantity(txn.max_fee)},
                   {"r", quantity(txn.r)},
                   {"s", quantity(txn.s)},
                   {"blockHash", nullptr},
                   {"blockNumber", nullptr},
                   {"transactionIndex", nullptr}};
  if (txn.chain_id) out["chainId"] = quantity(*txn.chain_id);
  if (txn.type == 0) {
    out["v"] = quantity(txn.chain_id ? U256(*txn.chain_id) * 2 + 35 + txn.y_parity
                                     : U256(27 + txn.y_parity));
  } else {
    out["v"] = quantity(txn.y_parity);
    out["yParity"] = quantity(txn.y_parity);
    out["accessList"] = access_list_json(txn.access_list);
  }
  if (txn.type == 2) {
    out["maxFeePerGas"] = quantity(txn.max_fee);
    out["maxPriorityFeePerGas"] = quantity(txn.max_priority_fee);
  }
  return out;
}

}  // namespace horae
