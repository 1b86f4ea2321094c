#include "node/rpc/sealed.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "core/u256.hpp"

namespace horae::rpc {

namespace json = boost::json;

BlockName block_name(const json::value& param, const Backend& backend) {
  if (const auto* object = param.if_object()) {
    const auto* number = object->if_contains("blockNumber");
    return block_name(number != nullptr ? *number : object->at("blockHash"), backend);
  }
  const std::string text(param.get_string());
  if (text == "earliest") return {0, {}};
  if (text == "safe" || text == "finalized") return {backend.safe_head(), {}};
  if (!text.starts_with("0x")) return {backend.sealed_head(), {}};
  constexpr std::size_t hash_length = 66;
  if (text.size() == hash_length) return {{}, text};
  // More than 64 bits is above every head.
  return {u64_from_quantity(text).value_or(UINT64_MAX), {}};
}

bool above(const json::value& result, std::uint64_t sealed_head) {
  if (const auto* array = result.if_array()) {
    return std::any_of(array->begin(), array->end(),
                       [&](const json::value& entry) { return above(entry, sealed_head); });
  }
  const auto* object = result.if_object();
  if (object == nullptr) return false;
  const auto* number = object->if_contains("blockNumber");
  if (number == nullptr) number = object->if_contains("number");
  if (number == nullptr || !number->is_string()) return true;
  const auto value = u64_from_quantity(number->get_string());
  return !value || *value > sealed_head;
}

}  // namespace horae::rpc
