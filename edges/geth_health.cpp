#include "edges/geth_health.hpp"

#include "core/crypto/secp256k1.hpp"
#include "core/eth/txn.hpp"

namespace horae {
namespace {

// A transfer at 40,000 gwei a gas costs 0.84 ether. More than one ether is refused for another
// reason (--rpc.txfeecap's standard), and less nobody means to forbid by a price.
constexpr std::uint64_t offered_gwei = 40'000;
constexpr std::uint64_t gas_of_a_transfer = 21'000;

// Signed by a key that is forgotten at once: nobody can have funds there.
Result<Bytes> transfer_of_nobody(std::uint64_t chain_id) {
  const auto key = new_secret_key();
  Txn txn;
  txn.type = 2;
  txn.chain_id = chain_id;
  txn.gas_limit = gas_of_a_transfer;
  txn.max_fee = txn.max_priority_fee = U256(offered_gwei) * 1'000'000'000u;
  txn.to = address_of(public_key(key));
  return sign_txn(txn, key);
}

}  // namespace

Result<EngineHealth> geth_health(EngineRpc& rpc) {
  const auto answers = rpc.batch({{"eth_blockNumber", {}}, {"net_peerCount", {}}});
  if (!answers) return tl::unexpected(answers.error());
  const auto head = string_from(answers->at(0)).and_then(u64_from_quantity);
  if (!head) return within("eth_blockNumber", head.error());
  const auto peers = string_from(answers->at(1)).and_then(u64_from_quantity);
  if (!peers) return within("net_peerCount", peers.error());
  return EngineHealth{*head, *peers};
}

Result<void> engine_api_answers(EngineApi& api) {
  const auto known =
      api.call("engine_exchangeCapabilities", {boost::json::array{"engine_newPayloadV4"}});
  if (!known) return tl::unexpected(known.error());
  return {};
}

// The pool looks at the price before the sender's account (core/txpool/validation.go).
Result<std::optional<bool>> geth_pool_closed(EngineRpc& rpc) {
  const auto chain = rpc.chain_id();
  if (!chain) return tl::unexpected(chain.error());
  const auto raw = transfer_of_nobody(*chain);
  if (!raw) return tl::unexpected(raw.error());
  const auto taken = rpc.client_of_json().call("eth_sendRawTransaction", {to_hex(*raw)});
  if (taken) return false;
  const auto& fault = taken.error();
  const auto said = [&](std::string_view words) {
    return fault.said.find(words) != fault.said.npos;
  };
  if (said("gas price below minimum") || said("underpriced")) return true;
  if (said("insufficient funds")) return false;
  return within("eth_sendRawTransaction", fault.to_fault());
}

}  // namespace horae
