#include "edges/engine_geth.hpp"

#include <algorithm>
#include <span>

#include "core/eth/list_root.hpp"

namespace horae {
namespace {

namespace json = boost::json;

// Of a reason that is logged for ever.
constexpr std::size_t reason_max = 300;

// What newPayload takes besides the attributes.
class GethPayload : public Handover {
 public:
  GethPayload(json::value given_payload, json::value given_requests, const Hash32& given_root)
      : payload(std::move(given_payload)),
        requests(std::move(given_requests)),
        beacon_root(given_root) {}
  json::value payload, requests;
  Hash32 beacon_root;
};

json::object attributes_json(const BuildAttributes& attributes) {
  return {{"timestamp", to_quantity(U256(attributes.timestamp))},
          {"prevRandao", to_hex(attributes.prev_randao)},
          {"suggestedFeeRecipient", to_hex(attributes.fee_recipient)},
          {"withdrawals", json::array()},
          {"parentBeaconBlockRoot", to_hex(attributes.beacon_root)}};
}

json::array raw_list(std::span<const OrderedTxn* const> txns) {
  json::array out;
  out.reserve(txns.size());
  for (const auto* txn : txns) out.emplace_back(to_hex(txn->raw));
  return out;
}

// The block of an executionPayload, which has no transactionsRoot: it follows from the list.
Result<EngineBlock> block_of(const json::value& payload) {
  EngineBlock out;
  TextFields fields{payload, {}};
  fields.into(out.number, "blockNumber", u64_from_quantity);
  fields.into(out.timestamp, "timestamp", u64_from_quantity);
  fields.into(out.gas_used, "gasUsed", u64_from_quantity);
  fields.into(out.gas_limit, "gasLimit", u64_from_quantity);
  fields.into(out.base_fee, "baseFeePerGas", u256_from_quantity);
  fields.into(out.hash, "blockHash", fixed_from_hex<Hash32>);
  fields.into(out.parent, "parentHash", fixed_from_hex<Hash32>);
  fields.into(out.state_root, "stateRoot", fixed_from_hex<Hash32>);
  fields.into(out.receipts_root, "receiptsRoot", fixed_from_hex<Hash32>);
  fields.into(out.fee_recipient, "feeRecipient", fixed_from_hex<Address>);
  fields.into(out.prev_randao, "prevRandao", fixed_from_hex<Hash32>);
  fields.into(out.extra_data, "extraData", from_hex);
  fields.into(out.logs_bloom, "logsBloom", fixed_from_hex<LogsBloom>);
  if (fields.fault) return within("a payload of the engine", *fields.fault);
  return out;
}

// Whether the payload has exactly these transactions, byte for byte.
Result<void> has_just(const json::value& payload, std::span<const OrderedTxn* const> txns) {
  const auto* listed = payload.as_object().if_contains("transactions");
  if (listed == nullptr || !listed->is_array()) return fail("a payload without transactions");
  const auto& there = listed->get_array();
  const bool same =
      std::ranges::equal(there, txns, [](const json::value& one, const OrderedTxn* wanted) {
        return one.is_string() && one.get_string() == to_hex(wanted->raw);
      });
  if (!same) return fail("a payload with other transactions than were asked");
  return {};
}

Result<std::vector<Bytes>> requests_of(const json::value& envelope) {
  std::vector<Bytes> out;
  const auto* listed = envelope.as_object().if_contains("executionRequests");
  if (listed == nullptr || listed->is_null()) return out;
  if (!listed->is_array()) return fail("execution requests that are no list");
  for (const auto& one : listed->get_array()) {
    auto bytes = string_from(one).and_then([](const std::string& hex) { return from_hex(hex); });
    if (!bytes) return within("an execution request", bytes.error());
    out.push_back(std::move(*bytes));
  }
  return out;
}

Result<Payload> payload_from(const json::value& envelope, const BuildAttributes& attributes,
                             std::span<const OrderedTxn* const> txns) {
  const auto* object = envelope.if_object();
  const auto* payload = object == nullptr ? nullptr : object->if_contains("executionPayload");
  if (payload == nullptr || !payload->is_object()) {
    return fail("an answer without an executionPayload");
  }
  auto block = block_of(*payload);
  if (!block) return tl::unexpected(block.error());
  if (auto just = has_just(*payload, txns); !just) return tl::unexpected(just.error());
  auto requests = requests_of(envelope);
  if (!requests) return tl::unexpected(requests.error());
  std::vector<BytesView> raws;
  for (const auto* txn : txns) {
    raws.emplace_back(txn->raw);
    block->txns.push_back(txn->hash);
  }
  block->txns_root = list_root(raws);
  block->beacon_root = attributes.beacon_root;
  Payload out;
  out.block = std::move(*block);
  const auto* listed = object->if_contains("executionRequests");
  out.handover = std::make_shared<GethPayload>(
      *payload, listed == nullptr || listed->is_null() ? json::array() : *listed,
      attributes.beacon_root);
  out.requests = std::move(*requests);
  return out;
}

// The status of a payload, with what geth says of it.
Result<void> is_valid(const json::value& status, std::string_view what) {
  const auto* object = status.if_object();
  const auto* word = object == nullptr ? nullptr : object->if_contains("status");
  if (word == nullptr || !word->is_string()) {
    return fail(std::string(what) + ": an answer without a status");
  }
  if (word->get_string() == "VALID") return {};
  const auto* why = object->if_contains("validationError");
  auto said = std::string(what) + ": " + std::string(word->get_string());
  if (why != nullptr && why->is_string()) said += ": " + std::string(why->get_string());
  if (word->get_string() == "SYNCING") {
    said += " (it lacks what comes before; it must run with --syncmode=full and without peers)";
  }
  return fail(said);
}

}  // namespace

GethEngine::GethEngine(const EngineAddress& address, const HttpOptions& options)
    : rpc_(address.rpc, options),
      api_(address.auth.value_or(address.rpc), address.jwt_file, options) {}

void GethEngine::cancel() {
  rpc_.client_of_json().cancel();
  api_.cancel();
}

RpcResult<json::value> GethEngine::list_build(const Hash32& parent,
                                              const BuildAttributes& attributes,
                                              std::span<const OrderedTxn* const> txns) {
  return rpc_.client_of_json().call(
      "testing_buildBlockV1", {to_hex(parent), attributes_json(attributes), raw_list(txns), "0x"});
}

Result<Payload> GethEngine::build(const Hash32& parent, const BuildAttributes& attributes,
                                  const std::vector<OrderedTxn>& txns) {
  const std::scoped_lock lock(turn_);
  Listed listed;
  for (const auto& txn : txns) listed.push_back(&txn);
  std::vector<Skipped> skipped;
  std::size_t good = 0;  // so many at the beginning are known to be executable
  bool any_good = false;
  for (unsigned builds = 1;; ++builds) {
    auto answer = list_build(parent, attributes, listed);
    if (answer) {
      auto payload = payload_from(*answer, attributes, listed);
      if (!payload) return within("testing_buildBlockV1", payload.error());
      const auto& block = payload->block;
      if (auto asked = as_asked(block, block.number, parent, attributes); !asked) {
        return tl::unexpected(asked.error());
      }
      payload->skipped = std::move(skipped);
      return payload;
    }
    // The first of the list that fails it stands between good and bad.
    auto bad = listed.size();
    auto why = std::move(answer.error());
    while (why.kind == RpcFault::rpc_error && (bad - good > 1 || !any_good)) {
      if (++builds > builds_max) break;
      const auto middle = any_good ? good + (bad - good) / 2 : 0;
      auto shorter = list_build(parent, attributes, std::span(listed).first(middle));
      if (shorter) {
        good = middle;
        any_good = true;
      } else {
        bad = middle;
        why = std::move(shorter.error());
        // Not even an empty block: it is no transaction's fault.
        if (middle == 0) break;
      }
    }
    if (why.kind != RpcFault::rpc_error || bad == 0) {
      return within("testing_buildBlockV1", why.to_fault());
    }
    if (builds > builds_max) {
      // Only what was found for sure is left out.
      Payload out;
      out.complete = false;
      out.skipped = std::move(skipped);
      if (out.skipped.empty()) return fail("testing_buildBlockV1: too many builds came to nothing");
      return out;
    }
    const auto& blamed = *listed[bad - 1];
    skipped.push_back({blamed.hash, why.said.substr(0, reason_max)});
    listed.erase(listed.begin() + static_cast<std::ptrdiff_t>(bad - 1));
    // What the same sender has behind it lacks its predecessor now.
    if (blamed.sender.is_zero()) continue;
    const auto behind = listed.begin() + static_cast<std::ptrdiff_t>(bad - 1);
    const auto gone = std::stable_partition(behind, listed.end(), [&](const OrderedTxn* each) {
      return each->sender != blamed.sender;
    });
    for (auto each = gone; each != listed.end(); ++each) {
      skipped.push_back({(*each)->hash, "lacks " + to_hex(blamed.hash) + ", which was left out"});
    }
    listed.erase(gone, listed.end());
  }
}

Result<void> GethEngine::make_head(const Hash32& hash) {
  const auto none = to_hex(Hash32());
  auto answer = api_.call(
      "engine_forkchoiceUpdatedV3",
      {{{"headBlockHash", to_hex(hash)}, {"safeBlockHash", none}, {"finalizedBlockHash", none}},
       nullptr});
  if (!answer) return tl::unexpected(answer.error());
  const auto* object = answer->if_object();
  const auto* status = object == nullptr ? nullptr : object->if_contains("payloadStatus");
  return is_valid(status == nullptr ? json::value() : *status, "engine_forkchoiceUpdatedV3");
}

Result<void> GethEngine::adopt(const Payload& payload) {
  const std::scoped_lock lock(turn_);
  const auto* built = dynamic_cast<const GethPayload*>(payload.handover.get());
  if (built == nullptr) return fail("a payload that geth did not build");
  auto taken = api_.call("engine_newPayloadV4", {built->payload, json::array(),
                                                 to_hex(built->beacon_root), built->requests});
  if (!taken) return tl::unexpected(taken.error());
  if (auto valid = is_valid(*taken, "engine_newPayloadV4"); !valid) return valid;
  return make_head(payload.block.hash);
}

Result<Payload> GethEngine::commit(const Hash32& parent, const BuildAttributes& attributes,
                                   const std::vector<OrderedTxn>& txns) {
  const std::scoped_lock lock(turn_);
  Listed listed;
  for (const auto& txn : txns) listed.push_back(&txn);
  auto hash =
      rpc_.call("testing_commitBlockV1", {attributes_json(attributes), raw_list(listed), "0x"})
          .and_then(string_from)
          .and_then([](const std::string& hex) { return fixed_from_hex<Hash32>(hex); });
  if (!hash) return within("testing_commitBlockV1", hash.error());
  // It builds on whatever its head is.
  Payload out;
  auto now = rpc_.head();
  if (!now) return tl::unexpected(now.error());
  if (now->hash != *hash) return fail("the head is not the block that was committed");
  if (auto asked = as_asked(*now, now->number, parent, attributes); !asked) {
    return tl::unexpected(asked.error());
  }
  out.block = std::move(*now);
  return out;
}

Result<void> GethEngine::rewind(std::uint64_t number) {
  const std::scoped_lock lock(turn_);
  const auto now = rpc_.head();
  if (!now) return tl::unexpected(now.error());
  if (now->number <= number) return {};
  const auto target = rpc_.block(number);
  if (!target) return tl::unexpected(target.error());
  if (!*target) return fail("the engine does not have block " + std::to_string(number));
  // After a restart the first step back is answered VALID and does nothing, unless its own head was
  // named before.
  if (auto own = make_head(now->hash); !own) return own;
  return make_head((*target)->hash);
}

}  // namespace horae
