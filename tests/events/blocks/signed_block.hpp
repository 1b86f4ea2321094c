#pragma once

#include "events/blocks/blocks.hpp"
#include "tests/fixture/engine.hpp"

// A block as somebody signed it, right or wrong.
namespace horae::test {

struct Sealing {
  std::uint64_t chain_id = l2_chain_id;
  std::uint64_t number = 7;
  std::uint8_t signer = 1;
  std::uint8_t named = signer;  // as the sequencer
  U256 base_fee = 1000;
  std::uint64_t gas_limit = block_gas_limit;
  bool of_before = false;  // of before there were SealRules
};

inline Msg<schema::BlockSealed> signed_block_of(const std::vector<Bytes>& raws,
                                                const Sealing& how = {}) {
  std::vector<Hash32> hashes;
  for (const auto& raw : raws) hashes.push_back(keccak256(raw));
  const auto payload = empty_payload();
  const auto header = Msg<schema::BlockHeader>::build([&](auto out) {
    out.setChainId(how.chain_id);
    out.setNumber(how.number);
    out.setTimestamp(genesis_time + how.number);
    out.setGasUsed(21000 * raws.size());
    out.setGasLimit(how.gas_limit);
    out.setOrderingRule(schema::OrderingRule::PRIORITY_FEE_THEN_ARRIVAL);
    out.initL1Origin().setNumber(5);
    out.setParentHash(data(Hash32{{1}}));
    out.setBlockHash(data(sha256(as_bytes("a block"))));
    out.setStateRoot(data(Hash32{{3}}));
    out.setTxnsRoot(data(Hash32{{4}}));
    out.setReceiptsRoot(data(Hash32{{5}}));
    out.setTxnsDigest(data(digest_of(hashes)));
    out.setSkippedDigest(data(horae::digest_of({})));
    out.setSequencer(data(address_of_secret(how.named)));
    out.setBaseFee(data(to_word(how.base_fee)));
    if (how.of_before) return;
    out.setEpoch(2);
    out.setPayloadDigest(data(payload_digest(payload.read())));
  });
  return Msg<schema::BlockSealed>::build([&](auto out) {
    out.setHeader(header.read());
    auto txns = out.initTxns(static_cast<unsigned>(raws.size()));
    auto names = out.initHashes(txns.size());
    for (unsigned i = 0; i < txns.size(); ++i) {
      txns.set(i, data(raws[i]));
      names.set(i, data(hashes[i]));
    }
    out.setSignature(data(sign(signing_digest(header), secret(how.signer))));
    if (!how.of_before) out.setPayload(payload.read());
  });
}

/// A real transaction, as the door brings it to the pool.
inline Msg<schema::MempoolCommand> admission_of(const Transfer& transfer) {
  const auto raw = raw_of(transfer);
  const auto decoded = *decode_txn(raw);
  return Msg<schema::MempoolCommand>::build([&](auto command) {
    auto submit = command.initSubmit();
    submit.setIntrinsicGas(21000);
    submit.initAccount().setBalance(data(to_word(gwei(1'000'000'000))));
    auto txn = submit.initTxn();
    txn.setNonce(decoded.nonce);
    txn.setGasLimit(decoded.gas_limit);
    txn.setRaw(data(raw));
    txn.setHash(data(decoded.hash));
    txn.setSender(data(address_of_secret(transfer.from)));
    txn.setMaxFee(data(to_word(decoded.max_fee)));
    txn.setMaxPriorityFee(data(to_word(decoded.max_priority_fee)));
    txn.setValue(data(to_word(decoded.value)));
  });
}

}  // namespace horae::test
