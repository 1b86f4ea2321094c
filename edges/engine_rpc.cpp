#include "edges/engine_rpc.hpp"

namespace horae {
namespace {

namespace json = boost::json;

// Two a piece for each account.
constexpr std::size_t lookups_per_request = 250;

}  // namespace

Result<std::string> TextFields::text(std::string_view field) const {
  const auto* object = value.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(field);
  if (found == nullptr || !found->is_string()) {
    return fail("an answer without the text " + std::string(field));
  }
  return std::string(found->as_string());
}

Result<EngineBlock> block_from(const json::value& value) {
  EngineBlock out;
  TextFields fields{value, {}};
  fields.into(out.number, "number", u64_from_quantity);
  fields.into(out.timestamp, "timestamp", u64_from_quantity);
  fields.into(out.gas_used, "gasUsed", u64_from_quantity);
  fields.into(out.gas_limit, "gasLimit", u64_from_quantity);
  fields.into(out.base_fee, "baseFeePerGas", u256_from_quantity);
  fields.into(out.hash, "hash", fixed_from_hex<Hash32>);
  fields.into(out.parent, "parentHash", fixed_from_hex<Hash32>);
  fields.into(out.state_root, "stateRoot", fixed_from_hex<Hash32>);
  fields.into(out.txns_root, "transactionsRoot", fixed_from_hex<Hash32>);
  fields.into(out.receipts_root, "receiptsRoot", fixed_from_hex<Hash32>);
  fields.into(out.fee_recipient, "miner", fixed_from_hex<Address>);
  fields.into(out.prev_randao, "mixHash", fixed_from_hex<Hash32>);
  fields.into(out.extra_data, "extraData", from_hex);
  fields.into(out.logs_bloom, "logsBloom", fixed_from_hex<LogsBloom>);
  fields.into_if_there(out.beacon_root, "parentBeaconBlockRoot", fixed_from_hex<Hash32>);
  if (fields.fault) return within("a block of the engine", *fields.fault);
  const auto* txns = value.as_object().if_contains("transactions");
  if (txns == nullptr || !txns->is_array())
    return fail("a block of the engine has no transactions");
  for (const auto& txn : txns->as_array()) {
    if (!txn.is_string()) return fail("a transaction of the engine's block is no hash");
    auto hash = fixed_from_hex<Hash32>(std::string(txn.as_string()));
    if (!hash) return within("a transaction of the engine's block", hash.error());
    out.txns.push_back(*hash);
  }
  return out;
}

Result<std::string> string_from(const json::value& value) {
  if (!value.is_string()) return fail("an answer that is no text");
  return std::string(value.as_string());
}

Result<void> as_asked(const EngineBlock& block, std::uint64_t number, const Hash32& parent,
                      const BuildAttributes& attributes) {
  if (block.number != number || block.parent != parent) {
    return fail("the block does not follow its parent");
  }
  const auto differs = [](const char* what, const auto& wanted, const auto& got) {
    return fail("the block has another " + std::string(what) + ": wanted " + wanted + ", got " +
                got);
  };
  if (block.timestamp != attributes.timestamp) {
    return differs("timestamp", std::to_string(attributes.timestamp),
                   std::to_string(block.timestamp));
  }
  if (block.gas_limit != attributes.gas_limit) {
    return differs("gas limit", std::to_string(attributes.gas_limit),
                   std::to_string(block.gas_limit));
  }
  if (block.base_fee != attributes.base_fee) {
    return differs("base fee", to_decimal(attributes.base_fee), to_decimal(block.base_fee));
  }
  return {};
}

EngineRpc::EngineRpc(Endpoint endpoint, HttpOptions options)
    : rpc_(std::move(endpoint), std::move(options)) {}

Result<json::value> EngineRpc::call(std::string_view method, json::array params) {
  auto answer = rpc_.call(method, std::move(params));
  if (!answer) return within(method, answer.error().to_fault());
  return std::move(*answer);
}

Result<std::vector<json::value>> EngineRpc::batch(std::vector<RpcCall> calls) {
  std::vector<std::string> methods;
  for (const auto& each : calls) methods.push_back(each.method);
  auto answers = rpc_.batch(std::move(calls));
  if (!answers) return tl::unexpected(answers.error().to_fault());
  std::vector<json::value> out;
  for (std::size_t i = 0; i < methods.size(); ++i) {
    auto& answer = answers->at(i);
    if (!answer) return within(methods[i], answer.error().to_fault());
    out.push_back(std::move(*answer));
  }
  return out;
}

Result<std::string> EngineRpc::client() {
  return call("web3_clientVersion", {}).and_then(string_from);
}

Result<std::uint64_t> EngineRpc::chain_id() {
  return call("eth_chainId", {}).and_then(string_from).and_then(u64_from_quantity);
}

Result<EngineBlock> EngineRpc::head() {
  return call("eth_getBlockByNumber", {"latest", false}).and_then(block_from);
}

Result<std::optional<EngineBlock>> EngineRpc::block(std::uint64_t number) {
  auto answer = call("eth_getBlockByNumber", {to_quantity(U256(number)), false});
  if (!answer) return tl::unexpected(answer.error());
  if (answer->is_null()) return std::nullopt;
  return block_from(*answer).map([](EngineBlock found) { return std::optional(std::move(found)); });
}

Result<std::vector<EngineAccount>> EngineRpc::accounts(const std::vector<Address>& addresses,
                                                       std::uint64_t number) {
  std::vector<EngineAccount> out;
  const auto at = to_quantity(U256(number));
  while (out.size() < addresses.size()) {
    const auto first = out.size();
    const auto count = std::min(addresses.size() - first, lookups_per_request);
    std::vector<RpcCall> calls;
    for (std::size_t i = 0; i < count; ++i) {
      const auto address = to_hex(addresses[first + i]);
      calls.push_back({"eth_getTransactionCount", {address, at}});
      calls.push_back({"eth_getBalance", {address, at}});
    }
    auto answers = batch(std::move(calls));
    if (!answers) return tl::unexpected(answers.error());
    for (std::size_t i = 0; i < count; ++i) {
      const auto nonce = string_from(answers->at(2 * i)).and_then(u64_from_quantity);
      if (!nonce) return within("eth_getTransactionCount", nonce.error());
      const auto balance = string_from(answers->at(2 * i + 1)).and_then(u256_from_quantity);
      if (!balance) return within("eth_getBalance", balance.error());
      out.push_back({*nonce, *balance});
    }
  }
  return out;
}

}  // namespace horae
