#include "edges/anvil_estimate.hpp"

#include "core/eth/address.hpp"

namespace horae {
namespace {

namespace json = boost::json;

constexpr int cannot_pay = -32000;
constexpr std::uint64_t least_gas = 21000;

// 0 for what is no quantity.
U256 amount(const json::value& value) {
  const auto* text = value.if_string();
  return text == nullptr ? U256() : u256_from_quantity(*text).value_or(0);
}

U256 amount_in(const json::object& call, std::string_view name) {
  const auto* value = call.if_contains(name);
  return value == nullptr ? U256() : amount(*value);
}

// The balance that the caller of the method wants the account to have.
std::optional<U256> overridden_balance(const json::array& params, const Address& account) {
  constexpr std::size_t place = 2;
  if (params.size() <= place || !params[place].is_object()) return std::nullopt;
  for (const auto& [name, state] : params[place].get_object()) {
    const auto address = fixed_from_hex<Address>(name);
    if (!address || *address != account || !state.is_object()) continue;
    if (state.get_object().contains("balance")) return amount_in(state.get_object(), "balance");
  }
  return std::nullopt;
}

tl::unexpected<RpcFault> unaffordable(std::string why) {
  RpcFault out;
  out.kind = RpcFault::rpc_error;
  out.code = cannot_pay;
  out.message = why;
  out.said = std::move(why);
  return tl::unexpected(std::move(out));
}

}  // namespace

Charge::Charge(const json::object& call)
    : fee(amount_in(call, call.contains("maxFeePerGas") ? "maxFeePerGas" : "gasPrice")),
      value(amount_in(call, "value")) {
  const auto* named = call.if_contains("from");
  if (named != nullptr && named->is_string()) {
    from = fixed_from_hex<Address>(named->get_string()).value_or(from);
  }
}

RpcResult<U256> affordable_gas(const Charge& charge, const U256& balance, const U256& gas) {
  if (charge.fee == 0) {
    if (charge.value <= balance) return gas;
    return unaffordable("failed with " + to_decimal(gas) +
                        " gas: insufficient funds for gas * price + value: address " +
                        checksummed(charge.from) + " have " + to_decimal(balance) + " want " +
                        to_decimal(charge.value));
  }
  if (charge.value >= balance) return unaffordable("insufficient funds for transfer");
  const auto paid = (balance - charge.value) / charge.fee;
  if (paid >= gas) return gas;
  if (paid < least_gas) {
    return unaffordable("gas required exceeds allowance (" + to_decimal(paid) + ")");
  }
  return paid;
}

RpcResult<json::value> estimate_within_balance(JsonRpcClient& anvil, json::array params) {
  auto& call = params.at(0).as_object();
  const Charge charge(call);
  if (charge.free()) return anvil.call("eth_estimateGas", std::move(params));
  auto balance = overridden_balance(params, charge.from);
  if (!balance) {
    const auto at = params.size() > 1 ? params[1] : json::value("latest");
    const auto told = anvil.call("eth_getBalance", {to_hex(charge.from), at});
    if (!told) return told;
    balance = amount(*told);
  }
  const auto most = affordable_gas(charge, *balance, amount_in(call, "gas"));
  if (!most) return tl::unexpected(most.error());
  call["gas"] = to_quantity(*most);
  return anvil.call("eth_estimateGas", std::move(params));
}

}  // namespace horae
