#include "edges/geth_probe.hpp"

#include "edges/system_clock.hpp"

namespace horae {
namespace {

namespace json = boost::json;

constexpr int too_long = 413;

const json::value& part_named(const json::value& value, std::string_view name) {
  static const json::value none;
  const auto* object = value.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(name);
  return found == nullptr ? none : *found;
}

}  // namespace

GethProbe::GethProbe(const Endpoint& rpc, const Endpoint& auth,
                     const std::filesystem::path& jwt_file, const HttpOptions& options)
    : rpc_(rpc, options), api_(auth, jwt_file, options) {}

Result<GethProbe::Block> GethProbe::empty_block() {
  const auto head = rpc_.head();
  if (!head) return tl::unexpected(head.error());
  // Another one each time: a block that geth has already is not executed once more.
  const auto time = std::max(head->timestamp + 1, SystemClock().now_ms() / 1000);
  const json::object attributes{{"timestamp", to_quantity(U256(time))},
                                {"prevRandao", to_hex(Hash32())},
                                {"suggestedFeeRecipient", to_hex(Address())},
                                {"withdrawals", json::array()},
                                {"parentBeaconBlockRoot", to_hex(Hash32())}};
  const auto built =
      rpc_.call("testing_buildBlockV1", {to_hex(head->hash), attributes, json::array(), "0x"});
  if (!built) return tl::unexpected(built.error());
  Block out;
  out.payload = part_named(*built, "executionPayload");
  const auto& requests = part_named(*built, "executionRequests");
  out.requests = requests.is_null() ? json::array() : requests;
  TextFields fields{out.payload, {}};
  fields.into(out.number, "blockNumber", u64_from_quantity);
  fields.into(out.gas_limit, "gasLimit", u64_from_quantity);
  if (fields.fault) return within("testing_buildBlockV1", *fields.fault);
  return out;
}

Result<bool> GethProbe::executes(const Block& block) {
  const auto answer = api_.call("engine_newPayloadV4",
                                {block.payload, json::array(), to_hex(Hash32()), block.requests});
  if (!answer) return tl::unexpected(answer.error());
  const auto& status = part_named(*answer, "status");
  if (status == "VALID") return true;
  if (status == "SYNCING" || status == "ACCEPTED") return false;
  const auto& why = part_named(*answer, "validationError");
  return fail("engine_newPayloadV4: it finds its own block invalid" +
              (why.is_string() ? ": " + std::string(why.get_string()) : std::string()));
}

Result<GethProbe::States> GethProbe::states() {
  // Undefined where states are kept by path (eth/api_debug.go).
  const auto flushed = rpc_.client_of_json().call("debug_getTrieFlushInterval", {});
  if (!flushed) {
    const auto& fault = flushed.error();
    if (fault.said.find("path-based scheme") != fault.said.npos) return States::by_path;
    return within("debug_getTrieFlushInterval", fault.to_fault());
  }
  const auto head = rpc_.head();
  if (!head) return tl::unexpected(head.error());
  const auto genesis = rpc_.block(0);
  if (!genesis) return tl::unexpected(genesis.error());
  if (*genesis && (*genesis)->state_root == head->state_root) return States::unchanged;
  // By hash the root of a state is a key of the database, of one that is in memory alone it is
  // none.
  const auto root = rpc_.client_of_json().call("debug_dbGet", {to_hex(head->state_root)});
  if (root) return States::archive;
  const auto& fault = root.error();
  if (fault.said.find("not found") != fault.said.npos) return States::recent;
  return within("debug_dbGet", fault.to_fault());
}

Result<bool> GethProbe::reads(std::size_t bytes) {
  // A method without parameters is given one too many: the request is read to its end, and refused.
  const auto answer = rpc_.client_of_json().call("eth_chainId", {std::string(bytes, '0')});
  if (answer) return true;
  const auto& fault = answer.error();
  if (fault.kind == RpcFault::rpc_error) return true;
  if (fault.kind == RpcFault::http_status && fault.code == too_long) return false;
  return within("a request of " + std::to_string(bytes) + " bytes", fault.to_fault());
}

}  // namespace horae
