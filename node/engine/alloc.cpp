#include "node/engine/alloc.hpp"

#include <boost/json.hpp>

#include "core/eth/address.hpp"

namespace horae {

Result<std::map<Address, U256>> read_alloc(std::string_view text) {
  boost::system::error_code wrong;
  const auto whole = boost::json::parse(text, wrong);
  const auto* entries = wrong ? nullptr : whole.if_object();
  if (entries == nullptr) {
    return fail("wanted a JSON object of addresses and amounts, as {\"0x…\": \"1000\"}");
  }
  std::map<Address, U256> out;
  for (const auto& [name, value] : *entries) {
    const auto address = read_address(name);
    if (!address) return within(std::string(name), address.error());
    if (!value.is_string()) return fail(std::string(name) + ": wanted wei as \"decimal digits\"");
    const auto amount = u256_from_decimal(value.get_string());
    if (!amount) return within(std::string(name), amount.error());
    if (!out.emplace(*address, *amount).second) return fail(std::string(name) + " is named twice");
  }
  return out;
}

}  // namespace horae
