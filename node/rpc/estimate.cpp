#include "node/rpc/estimate.hpp"

#include "core/u256.hpp"
#include "node/rpc/engine_reads.hpp"

namespace horae::rpc {
namespace {

namespace json = boost::json;

constexpr std::uint64_t least_gas_of_any = 21000;

void leave_out_too_little_gas(json::value& call) {
  auto* object = call.if_object();
  const auto* gas = object == nullptr ? nullptr : object->if_contains("gas");
  if (gas == nullptr || !gas->is_string()) return;
  const auto asked = u256_from_quantity(gas->get_string());
  if (asked && *asked < least_gas_of_any) object->erase("gas");
}

}  // namespace

Method estimate(Backend& backend, std::uint64_t gas_max) {
  using enum Param;
  const Signature signature{{call, block, overrides, block_overrides}, 1, gas_max};
  const auto ask = engine_read(backend, "eth_estimateGas", signature, Beyond::refused);
  return [ask](json::array given, const Reply& reply) {
    if (!given.empty()) leave_out_too_little_gas(given[0]);
    ask(std::move(given), reply);
  };
}

}  // namespace horae::rpc
