#include "node/rpc/estimate.hpp"

#include "core/u256.hpp"
#include "node/rpc/engine_reads.hpp"

namespace horae::rpc {
namespace {

namespace json = boost::json;

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

// Geth takes less than any transaction needs for no limit.
void leave_out_too_little_gas(json::value& call) {
  auto* object = call.if_object();
  const auto* gas = object == nullptr ? nullptr : object->if_contains("gas");
  if (gas == nullptr || !gas->is_string()) return;
  const auto asked = u256_from_quantity(gas->get_string());
  if (asked && *asked < least_gas) object->erase("gas");
}

// What a call takes from its caller.
struct Charge {
  explicit Charge(const json::object& call)
      : fee(amount_in(call, call.contains("maxFeePerGas") ? "maxFeePerGas" : "gasPrice")),
        value(amount_in(call, "value")) {
    const auto* named = call.if_contains("from");
    if (named != nullptr) from = fixed_from_hex<Address>(named->get_string()).value_or(from);
  }
  [[nodiscard]] bool free() const { return fee == 0 && value == 0; }

  Address from;
  U256 fee;
  U256 value;
};

// The balance that the caller of the method wants the account to have.
std::optional<U256> overridden(const json::array& params, const Address& account) {
  constexpr std::size_t place = 2;
  if (params.size() <= place || !params[place].is_object()) return std::nullopt;
  for (const auto& [name, state] : params[place].get_object()) {
    const auto address = fixed_from_hex<Address>(name);
    if (!address || *address != account || !state.is_object()) continue;
    if (state.get_object().contains("balance")) return amount_in(state.get_object(), "balance");
  }
  return std::nullopt;
}

// eth/gasestimator/gasestimator.go, core/state_transition.go.
tl::expected<U256, Error> affordable_gas(const Charge& charge, const U256& balance, U256 gas) {
  const auto refuse = [](std::string why) {
    return tl::unexpected(Error{server_error, std::move(why), nullptr});
  };
  if (charge.fee == 0) {
    if (charge.value <= balance) return gas;
    return refuse("insufficient funds for gas * price + value: address " + to_hex(charge.from) +
                  " have " + to_decimal(balance) + " want " + to_decimal(charge.value));
  }
  if (charge.value >= balance) return refuse("insufficient funds for transfer");
  const auto paid = (balance - charge.value) / charge.fee;
  if (paid >= gas) return gas;
  if (paid < least_gas) {
    return refuse("gas required exceeds allowance (" + to_decimal(paid) + ")");
  }
  return paid;
}

}  // namespace

Method estimate(Backend& backend, std::uint64_t gas_max) {
  using enum Param;
  const Signature signature{{call, block, overrides, block_overrides}, 1, gas_max};
  const auto ask = engine_read(backend, "eth_estimateGas", signature, Beyond::refused);
  const auto balance_of =
      engine_read(backend, "eth_getBalance", {{address, block}, 1}, Beyond::refused);
  return [signature, ask, balance_of](json::array given, const Reply& reply) {
    if (!given.empty()) leave_out_too_little_gas(given[0]);
    auto params = checked(std::move(given), signature);
    if (!params) return reply(tl::unexpected(std::move(params.error())));
    const Charge charge((*params)[0].get_object());
    if (charge.free()) return ask(std::move(*params), reply);
    const auto within = [ask, charge, params = *params, reply](const U256& balance) {
      auto capped = params;
      auto& gas = capped[0].get_object()["gas"];
      const auto most = affordable_gas(charge, balance, *u256_from_quantity(gas.get_string()));
      if (!most) return reply(tl::unexpected(most.error()));
      gas = to_quantity(*most);
      ask(std::move(capped), reply);
    };
    if (const auto balance = overridden(*params, charge.from)) return within(*balance);
    const auto at = params->size() > 1 ? (*params)[1] : json::value("latest");
    balance_of({to_hex(charge.from), at}, [within, reply](Answer told) {
      if (!told) return reply(std::move(told));
      within(amount(*told));
    });
  };
}

}  // namespace horae::rpc
