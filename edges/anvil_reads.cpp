#include "edges/anvil_reads.hpp"

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "core/u256.hpp"
#include "edges/anvil_estimate.hpp"
#include "edges/anvil_words.hpp"

namespace horae {
namespace {

namespace json = boost::json;

// Whether the call was made and failed.
bool is_failed_call(const RpcFault& fault) {
  return fault.kind == RpcFault::rpc_error &&
         (fault.code == RpcFault::execution_reverted || fault.said.starts_with("EVM error "));
}

// One that needs no place in a list: a precompile's, or the miner's, which is zero here.
bool is_always_warm(std::string_view address) {
  constexpr unsigned bls_map_fp2_to_g2 = 0x11;
  constexpr unsigned p256_verify = 0x100;
  const auto number = u256_from_quantity(address);
  return number && (*number <= U256(bls_map_fp2_to_g2) || *number == U256(p256_verify));
}

// The accounts and slots of a prestate trace that an access list names: not the call's two ends,
// where no slot was touched. (The account that a creation would have made stays.)
json::array list_of(const json::object& touched, const json::object& call) {
  const auto is_end = [&](const char* end, std::string_view address) {
    const auto* named = call.if_contains(end);
    if (named == nullptr || !named->is_string()) return false;
    const auto account = fixed_from_hex<Address>(named->get_string());
    return account && to_hex(*account) == address;
  };
  json::array out;
  for (const auto& [address, account] : touched) {
    json::array keys;
    const auto* object = account.if_object();
    const auto* storage = object == nullptr ? nullptr : object->if_contains("storage");
    if (storage != nullptr && storage->is_object()) {
      for (const auto& slot : storage->get_object()) keys.emplace_back(slot.key());
    }
    if (keys.empty() &&
        (is_always_warm(address) || is_end("from", address) || is_end("to", address))) {
      continue;
    }
    out.push_back({{"address", address}, {"storageKeys", std::move(keys)}});
  }
  return out;
}

// What a trace of the call tells, nothing where it fails.
std::optional<json::object> trace_of(JsonRpcClient& anvil, const json::object& call,
                                     const json::value& block, const char* tracer) {
  auto told = anvil.call("debug_traceCall", {call, block, {{"tracer", tracer}}});
  if (!told || !told->is_object()) return std::nullopt;
  return std::move(told->get_object());
}

std::optional<json::value> list_of_failed(JsonRpcClient& anvil, const json::array& params,
                                          const RpcFault& fault) {
  if (params.size() < 2 || !params[0].is_object()) return std::nullopt;
  auto call = params[0].get_object();
  const auto touched = trace_of(anvil, call, params[1], "prestateTracer");
  if (!touched) return std::nullopt;
  auto list = list_of(*touched, call);
  call["accessList"] = list;
  const auto with_list = trace_of(anvil, call, params[1], "callTracer");
  const auto* gas = with_list ? with_list->if_contains("gasUsed") : nullptr;
  if (gas == nullptr) return std::nullopt;
  const auto& why = fault.code == RpcFault::execution_reverted ? "execution reverted"
                                                               : in_words_of_geth(fault).said;
  return json::object{{"accessList", std::move(list)}, {"error", why}, {"gasUsed", *gas}};
}

// The last fee of a history is that of the block behind the range: where there is one, anvil still
// gives what the block behind its head will have.
void mend_last_fee(JsonRpcClient& anvil, const json::array& params, json::value& history) {
  auto* object = history.if_object();
  auto* fees = object == nullptr ? nullptr : object->if_contains("baseFeePerGas");
  if (fees == nullptr || !fees->is_array() || fees->get_array().empty()) return;
  if (params.size() < 2 || !params[1].is_string()) return;
  const auto newest = u256_from_quantity(params[1].get_string());
  if (!newest) return;
  const auto next = anvil.call("eth_getBlockByNumber", {to_quantity(*newest + 1), false});
  if (!next || !next->is_object()) return;
  if (const auto* fee = next->get_object().if_contains("baseFeePerGas")) {
    fees->get_array().back() = *fee;
  }
}

}  // namespace

RpcResult<json::value> AnvilReads::read(const std::string& method, const json::array& params) {
  auto told = method == "eth_estimateGas" ? estimate_within_balance(anvil_, params)
                                          : anvil_.call(method, params);
  if (told && method == "eth_feeHistory") mend_last_fee(anvil_, params, *told);
  if (told) return in_shape_of_geth(std::move(*told));
  if (method == "eth_createAccessList" && is_failed_call(told.error())) {
    if (auto list = list_of_failed(anvil_, params, told.error())) return std::move(*list);
  }
  return tl::unexpected(in_words_of_geth(std::move(told.error())));
}

}  // namespace horae
