#include "edges/engine_payload.hpp"

#include <algorithm>

#include "core/eth/list_root.hpp"
#include "edges/engine_rpc.hpp"

namespace horae {
namespace {

namespace json = boost::json;

// Of a reason that is logged for ever: one for each transaction of a block still fits what
// consensus orders (tests/events/pool/largest_block.cpp).
constexpr std::size_t reason_max = 256;

// What newPayload takes.
class BuiltPayload : public Handover {
 public:
  BuiltPayload(json::value given_payload, json::value given_requests, const Hash32& given_root)
      : payload(std::move(given_payload)),
        requests(std::move(given_requests)),
        beacon_root(given_root) {}
  json::value payload, requests;
  Hash32 beacon_root;
};

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
Result<void> has_just(const json::value& payload, const std::vector<BytesView>& txns) {
  const auto* listed = payload.as_object().if_contains("transactions");
  if (listed == nullptr || !listed->is_array()) return fail("a payload without transactions");
  const auto& there = listed->get_array();
  const bool same = std::ranges::equal(there, txns, [](const json::value& one, BytesView wanted) {
    return one.is_string() && one.get_string() == to_hex(wanted);
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

BuildList::BuildList(const std::vector<OrderedTxn>& all) {
  txns.reserve(all.size());
  for (const auto& txn : all) txns.push_back(&txn);
}

void BuildList::leave_out(std::size_t place, std::string_view why) {
  const auto& blamed = *txns[place];
  skipped.push_back({blamed.hash, std::string(why.substr(0, reason_max))});
  txns.erase(txns.begin() + static_cast<std::ptrdiff_t>(place));
  if (blamed.sender.is_zero()) return;
  const auto behind = txns.begin() + static_cast<std::ptrdiff_t>(place);
  const auto gone = std::stable_partition(
      behind, txns.end(), [&](const OrderedTxn* each) { return each->sender != blamed.sender; });
  for (auto each = gone; each != txns.end(); ++each) {
    skipped.push_back({(*each)->hash, "lacks " + to_hex(blamed.hash) + ", which was left out"});
  }
  txns.erase(gone, txns.end());
}

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

Result<Payload> payload_from(const json::value& envelope, const BuildAttributes& attributes,
                             std::span<const OrderedTxn* const> txns, BytesView first) {
  const auto* object = envelope.if_object();
  const auto* payload = object == nullptr ? nullptr : object->if_contains("executionPayload");
  if (payload == nullptr || !payload->is_object()) {
    return fail("an answer without an executionPayload");
  }
  auto block = block_of(*payload);
  if (!block) return tl::unexpected(block.error());
  std::vector<BytesView> raws;
  if (!first.empty()) raws.push_back(first);
  for (const auto* txn : txns) {
    raws.emplace_back(txn->raw);
    block->txns.push_back(txn->hash);
  }
  if (auto just = has_just(*payload, raws); !just) return tl::unexpected(just.error());
  auto requests = requests_of(envelope);
  if (!requests) return tl::unexpected(requests.error());
  block->txns_root = list_root(raws);
  block->beacon_root = attributes.beacon_root;
  Payload out;
  out.block = std::move(*block);
  const auto* listed = object->if_contains("executionRequests");
  out.handover = std::make_shared<BuiltPayload>(
      *payload, listed == nullptr || listed->is_null() ? json::array() : *listed,
      attributes.beacon_root);
  out.requests = std::move(*requests);
  return out;
}

Result<void> give_payload(EngineApi& api, const Payload& payload, int new_payload) {
  const auto* built = dynamic_cast<const BuiltPayload*>(payload.handover.get());
  if (built == nullptr) return fail("a payload that this engine did not build");
  json::array params{built->payload, json::array(), to_hex(built->beacon_root)};
  if (new_payload >= 4) params.push_back(built->requests);
  const auto method = "engine_newPayloadV" + std::to_string(new_payload);
  auto taken = api.call(method, std::move(params));
  if (!taken) return tl::unexpected(taken.error());
  return is_valid(*taken, method);
}

json::object forkchoice(const Hash32& head) {
  const auto none = to_hex(Hash32());
  return {{"headBlockHash", to_hex(head)}, {"safeBlockHash", none}, {"finalizedBlockHash", none}};
}

Result<void> is_taken(const json::value& answer) {
  const auto* object = answer.if_object();
  const auto* status = object == nullptr ? nullptr : object->if_contains("payloadStatus");
  return is_valid(status == nullptr ? json::value() : *status, "engine_forkchoiceUpdatedV3");
}

Result<void> make_head(EngineApi& api, const Hash32& hash) {
  auto answer = api.call("engine_forkchoiceUpdatedV3", {forkchoice(hash), nullptr});
  if (!answer) return tl::unexpected(answer.error());
  return is_taken(*answer);
}

}  // namespace horae
