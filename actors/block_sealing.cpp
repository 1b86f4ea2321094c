#include "actors/block_sealing.hpp"

#include <map>

#include "core/crypto/secp256k1.hpp"
#include "events/blocks/blocks.hpp"

namespace horae {
namespace {

Msg<schema::EnginePayload> to_message(const Payload& payload) {
  const auto& block = payload.block;
  return Msg<schema::EnginePayload>::build([&](auto out) {
    out.setFeeRecipient(data(block.fee_recipient));
    out.setPrevRandao(data(block.prev_randao));
    out.setBeaconRoot(data(block.beacon_root));
    if (!block.extra_data.empty()) out.setExtraData(data(block.extra_data));
    out.setLogsBloom(data(block.logs_bloom));
    if (payload.requests.empty()) return;
    auto requests = out.initRequests(static_cast<unsigned>(payload.requests.size()));
    for (unsigned i = 0; i < requests.size(); ++i) requests.set(i, data(payload.requests[i]));
  });
}

// A nonce after the block for each sender in it.
std::map<Address, std::uint64_t> nonces_after(
    const std::map<Hash32, schema::PooledTxn::Reader>& chosen, const std::vector<Hash32>& hashes) {
  std::map<Address, std::uint64_t> out;
  for (const auto& hash : hashes) {
    const auto& txn = chosen.at(hash);
    auto& nonce = out[fixed<Address>(txn.getSender())];
    nonce = std::max(nonce, txn.getNonce() + 1);
  }
  return out;
}

}  // namespace

Msg<schema::BlocksCommand> seal_command(schema::NextBlock::Reader next,
                                        schema::ChosenTxns::Reader asked, const Payload& payload,
                                        std::uint64_t chain_id, const SecretKey& key) {
  const auto& block = payload.block;
  std::vector<Hash32> skipped;
  for (const auto& skip : payload.skipped) skipped.push_back(skip.hash);
  const auto handed_over = to_message(payload);
  const auto header = Msg<schema::BlockHeader>::build([&](auto out) {
    out.setChainId(chain_id);
    out.setNumber(block.number);
    out.setTimestamp(block.timestamp);
    out.setPoolPosition(asked.getPoolPosition());
    out.setGasUsed(block.gas_used);
    out.setGasLimit(block.gas_limit);
    out.setOrderingRule(schema::OrderingRule::PRIORITY_FEE_THEN_ARRIVAL);
    out.setL1Origin(next.getL1Origin());
    out.setParentHash(data(block.parent));
    out.setBlockHash(data(block.hash));
    out.setStateRoot(data(block.state_root));
    out.setTxnsRoot(data(block.txns_root));
    out.setReceiptsRoot(data(block.receipts_root));
    out.setTxnsDigest(data(digest_of(block.txns)));
    out.setSkippedDigest(data(digest_of(skipped)));
    out.setSequencer(next.getSequencer());
    out.setBaseFee(data(to_word(block.base_fee)));
    out.setEpoch(next.getEpoch());
    out.setPayloadDigest(data(payload_digest(handed_over.read())));
  });
  const auto signature = sign(signing_digest(header), key);

  std::map<Hash32, schema::PooledTxn::Reader> chosen;
  for (const auto txn : asked.getTxns()) chosen.emplace(fixed<Hash32>(txn.getHash()), txn);
  const auto senders = nonces_after(chosen, block.txns);
  return Msg<schema::BlocksCommand>::build([&](auto command) {
    auto sealed = command.initSeal();
    sealed.setHeader(header.read());
    const auto count = static_cast<unsigned>(block.txns.size());
    auto txns = sealed.initTxns(count);
    auto hashes = sealed.initHashes(count);
    for (unsigned i = 0; i < count; ++i) {
      txns.set(i, chosen.at(block.txns[i]).getRaw());
      hashes.set(i, data(block.txns[i]));
    }
    auto left_out = sealed.initSkipped(static_cast<unsigned>(payload.skipped.size()));
    for (unsigned i = 0; i < left_out.size(); ++i) {
      left_out[i].setHash(data(payload.skipped[i].hash));
      left_out[i].setReason(payload.skipped[i].reason.c_str());
    }
    auto after = sealed.initSenders(static_cast<unsigned>(senders.size()));
    unsigned i = 0;
    for (const auto& [address, nonce] : senders) {
      after[i].setAddress(data(address));
      after[i++].setNonce(nonce);
    }
    sealed.setSignature(data(signature));
    sealed.setPayload(handed_over.read());
    if (!next.getSignsTxns() || count == 0) return;
    auto signatures = sealed.initTxnSignatures(count);
    for (unsigned txn = 0; txn < count; ++txn) {
      signatures.set(txn, data(sign(block.txns[txn], key)));
    }
  });
}

}  // namespace horae
