#include "node/rpc/params.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "core/u256.hpp"
#include "node/rpc/json_rpc_server.hpp"

namespace horae::rpc {
namespace {

namespace json = boost::json;

constexpr std::uint64_t count_max = 1024;

bool is_hex(const json::value& value, std::size_t digits_max) {
  const auto* text = value.if_string();
  if (text == nullptr || !text->starts_with("0x")) return false;
  const auto digits = std::string_view(*text).substr(2);
  return !digits.empty() && digits.size() <= digits_max &&
         std::all_of(digits.begin(), digits.end(), [](unsigned char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

bool is_fixed(const json::value& value, std::size_t bytes) {
  return is_hex(value, 2 * bytes) && value.get_string().size() == 2 + 2 * bytes;
}

// As geth takes them for eth_feeHistory; two that are the same are none.
bool are_percentiles(const json::value& value) {
  const auto* list = value.if_array();
  if (list == nullptr) return false;
  double last = -1;
  return std::ranges::all_of(*list, [&](const json::value& each) {
    if (!each.is_number()) return false;
    const auto percentile = each.to_number<double>();
    return percentile > std::exchange(last, percentile) && percentile >= 0 && percentile <= 100;
  });
}

bool is_quantity(const json::value& value) { return is_hex(value, 64); }

bool is_tag(const json::value& value) {
  static constexpr std::array tags = {"latest", "pending", "safe", "finalized", "earliest"};
  const auto* text = value.if_string();
  return text != nullptr && std::find(tags.begin(), tags.end(), *text) != tags.end();
}

bool is_block_number(const json::value& value) { return is_tag(value) || is_hex(value, 16); }

bool is_block(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return is_block_number(value) || is_fixed(value, 32);
  // EIP-1898: one of the two.
  const auto* number = object->if_contains("blockNumber");
  const auto* hash = object->if_contains("blockHash");
  if ((number == nullptr) == (hash == nullptr)) return false;
  return number != nullptr ? is_block_number(*number) : is_fixed(*hash, 32);
}

std::optional<std::uint64_t> count_of(const json::value& value) {
  if (value.is_int64() && value.get_int64() >= 0) {
    return static_cast<std::uint64_t>(value.get_int64());
  }
  const auto* text = value.if_string();
  if (text == nullptr) return {};
  if (is_hex(value, 16)) {
    const auto number = u64_from_quantity(*text);
    return number ? std::optional(*number) : std::nullopt;
  }
  std::uint64_t number = 0;
  const auto* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (text->empty() || read.ptr != end || read.ec != std::errc()) return {};
  return number;
}

void keep_only(json::object& object, std::initializer_list<std::string_view> names) {
  json::object kept;
  for (const auto name : names) {
    const auto* value = object.if_contains(name);
    if (value != nullptr && !value->is_null()) kept.emplace(name, *value);
  }
  object = std::move(kept);
}

// Why a call is none that geth would take, or nothing.
std::string wrong_call(const json::object& call) {
  for (const auto* name : {"from", "to"}) {
    const auto* address = call.if_contains(name);
    if (address != nullptr && !is_fixed(*address, 20)) return std::string(name) + " is no address";
  }
  for (const auto* name : {"gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "value",
                           "nonce", "type", "chainId", "maxFeePerBlobGas"}) {
    const auto* amount = call.if_contains(name);
    if (amount != nullptr && !is_quantity(*amount)) return std::string(name) + " is no quantity";
  }
  const bool has_max_fee = call.contains("maxFeePerGas") || call.contains("maxPriorityFeePerGas");
  if (call.contains("gasPrice") && has_max_fee) {
    return "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified";
  }
  const auto* input = call.if_contains("input");
  if (input != nullptr && call.contains("data") && call.at("data") != *input) {
    return "both data and input are set and not equal";
  }
  return {};
}

std::string cap_call(json::value& value, std::uint64_t gas_max) {
  auto* call = value.if_object();
  if (call == nullptr) return "a call is an object";
  keep_only(*call, {"from", "to", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas",
                    "value", "nonce", "data", "input", "type", "chainId", "accessList",
                    "authorizationList", "maxFeePerBlobGas", "blobVersionedHashes"});
  if (auto why = wrong_call(*call); !why.empty()) return why;
  auto& gas = (*call)["gas"];
  if (gas.is_null()) gas = to_quantity(gas_max);
  const auto asked = u256_from_quantity(gas.get_string());
  if (!asked) return "gas: " + asked.error().what;
  gas = to_quantity(std::min(*asked, U256(gas_max)));
  return {};
}

// Short ones become words of 32 bytes.
bool lengthen(json::value& words) {
  auto* list = words.if_array();
  if (list == nullptr) return false;
  return std::ranges::all_of(*list, [](json::value& each) {
    if (!is_hex(each, 64)) return false;
    auto& text = each.get_string();
    text.insert(2, std::string(66 - text.size(), '0'));
    return true;
  });
}

std::string wrong_block_overrides(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return "wanted an object of block overrides";
  // Engines leave these out without a word.
  for (const auto* name : {"blobBaseFee", "beaconRoot", "withdrawals"}) {
    if (object->contains(name)) return std::string(name) + " cannot be overridden";
  }
  return {};
}

// Numbers or decimal strings become numbers.
std::string statement_part(json::value& value) {
  auto* part = value.if_object();
  if (part == nullptr) return "wanted an object of sequencer, fromSeq and toSeq";
  for (auto& member : *part) {
    const auto name = member.key();
    if (name != "sequencer" && name != "fromSeq" && name != "toSeq") {
      return "there is no " + std::string(name) + ", only sequencer, fromSeq and toSeq";
    }
    const auto number = count_of(member.value());
    if (!number) return std::string(name) + " is no number";
    member.value() = *number;
  }
  return {};
}

// Why the value is none of its kind, or nothing; what may be changed on the way has been.
std::string trouble(json::value& value, Param param, const Signature& signature) {
  switch (param) {
    case Param::address:
      return is_fixed(value, 20) ? "" : "wanted an address of 20 bytes";
    case Param::hash:
    case Param::block_hash:
      return is_fixed(value, 32) ? "" : "wanted a hash of 32 bytes";
    case Param::word:
      return is_hex(value, 64) ? "" : "wanted hex of up to 32 bytes";
    case Param::words:
      return lengthen(value) ? "" : "wanted an array of hex words";
    case Param::quantity:
      return is_quantity(value) ? "" : "wanted a hex quantity";
    case Param::count: {
      const auto count = count_of(value);
      if (!count) return "wanted a count";
      value = to_quantity(std::min(*count, count_max));
      return {};
    }
    case Param::flag:
      return value.is_bool() ? "" : "wanted true or false";
    case Param::percentiles:
      return are_percentiles(value) ? "" : "wanted percentiles from 0 to 100, each above the last";
    case Param::block:
      return is_block(value) ? "" : "wanted a block: a tag, a hex number, a hash or an object";
    case Param::block_number:
      return is_block_number(value) ? "" : "wanted a block: a tag or a hex number";
    case Param::call:
      return cap_call(value, signature.call_gas);
    case Param::overrides:
      return value.is_object() ? "" : "wanted an object of state overrides";
    case Param::block_overrides:
      return wrong_block_overrides(value);
    case Param::filter: {
      if (!value.is_object()) return "wanted a filter object";
      auto& filter = value.get_object();
      keep_only(filter, {"fromBlock", "toBlock", "blockHash", "address", "topics"});
      for (const auto* name : {"fromBlock", "toBlock"}) {
        const auto* block = filter.if_contains(name);
        if (block != nullptr && !is_block_number(*block)) return std::string(name) + " is no block";
      }
      const auto* hash = filter.if_contains("blockHash");
      if (hash == nullptr) return {};
      if (!is_fixed(*hash, 32)) return "blockHash is no hash";
      return filter.contains("fromBlock") || filter.contains("toBlock")
                 ? "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other"
                 : "";
    }
    case Param::part:
      return statement_part(value);
    case Param::bytes:
      return value.is_string() ? "" : "wanted a hex string";  // the hex itself is read once, later
  }
  return "of no kind";
}

}  // namespace

tl::unexpected<Error> wrong(std::size_t place, const std::string& why) {
  return tl::unexpected(
      Error{invalid_params, "invalid argument " + std::to_string(place) + ": " + why, nullptr});
}

tl::expected<json::array, Error> checked(json::array params, const Signature& signature) {
  while (params.size() > signature.required && params.back().is_null()) params.pop_back();
  if (params.size() < signature.required) {
    return tl::unexpected(
        Error{invalid_params,
              "missing value for required argument " + std::to_string(params.size()), nullptr});
  }
  if (params.size() > signature.params.size()) {
    return tl::unexpected(Error{
        invalid_params,
        "too many arguments, want at most " + std::to_string(signature.params.size()), nullptr});
  }
  for (std::size_t i = 0; i < params.size(); ++i) {
    // An optional parameter that is left out in the middle.
    if (i >= signature.required && params[i].is_null()) continue;
    if (auto why = trouble(params[i], signature.params[i], signature); !why.empty())
      return wrong(i, why);
  }
  return params;
}

}  // namespace horae::rpc
