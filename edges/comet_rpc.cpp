#include "edges/comet_rpc.hpp"

#include "core/base64.hpp"
#include "core/crypto/secp256k1.hpp"
#include "core/hash.hpp"
#include "edges/comet_header.hpp"
#include "edges/comet_json.hpp"

namespace horae {
namespace {

namespace json = boost::json;

// CometBFT's largest page (rpc/core/env.go maxPerPage).
constexpr std::uint64_t members_a_page = 100;

Fault comet_fault(std::string_view method, const RpcFault& fault) {
  auto out = "CometBFT's " + std::string(method) + ": " + fault.to_fault().what;
  // Its errors are all called "Internal error": what they are stands in data.
  if (const auto* words = fault.data.if_string()) out += ": " + std::string(*words);
  return {out};
}

/// What a reader makes of a method's answer.
template <class T, class Read>
Result<T> ask_comet(JsonRpcClient& rpc, std::string_view method, json::array params, Read read) {
  const auto answer = rpc.call(method, std::move(params));
  if (!answer) return tl::unexpected(comet_fault(method, answer.error()));
  Result<T> out = read(*answer);
  if (!out) return within("CometBFT's answer to " + std::string(method), out.error());
  return out;
}

/// A txn that was not even given to the application; nothing where it is another trouble.
std::optional<CometBroadcast> not_taken(const RpcFault& fault, const Hash32& hash) {
  const auto* data = fault.data.if_string();
  if (fault.kind != RpcFault::rpc_error || data == nullptr) return std::nullopt;
  const std::string_view words = *data;
  // mempool/errors.go, rpc/core/mempool.go.
  for (const auto& [begin, kind] :
       {std::pair<std::string_view, CometBroadcast::Kind>{"tx already exists in cache",
                                                          CometBroadcast::in_cache},
        {"Tx too large", CometBroadcast::too_large},
        {"mempool is full", CometBroadcast::full},
        {"endpoint is closed while node is catching up", CometBroadcast::catching_up}}) {
    if (words.starts_with(begin)) return CometBroadcast{kind, 0, std::string(words), hash};
  }
  return std::nullopt;
}

Result<CometBroadcast> read_broadcast(const json::value& answer, const Hash32& hash) {
  const CometReader from(answer);
  CometBroadcast out;
  out.code = static_cast<std::uint32_t>(from.count("code"));
  if (out.code != 0) out.kind = CometBroadcast::refused;
  out.words = from.text("log");
  out.hash = from.fixed<Hash32>("hash");
  if (out.hash != hash) from.note("hash", "it is that of another txn");
  return from.result(std::move(out));
}

Result<CometStatus> read_status(const json::value& answer) {
  const CometReader from(answer);
  CometStatus out;
  out.node_id = from.text("node_info.id");
  out.moniker = from.text("node_info.moniker");
  out.version = from.text("node_info.version");
  out.height = from.count("sync_info.latest_block_height");
  out.earliest = from.count("sync_info.earliest_block_height");
  out.app_hash = from.hex("sync_info.latest_app_hash");
  out.block_time = from.time("sync_info.latest_block_time");
  out.catching_up = from.boolean("sync_info.catching_up");
  out.member = from.fixed<Address>("validator_info.address");
  out.power = from.count("validator_info.voting_power");
  return from.result(std::move(out));
}

Result<std::vector<CometPeer>> read_peers(const json::value& answer) {
  const CometReader from(answer);
  std::vector<CometPeer> out;
  for (const auto& each : from.list("peers")) {
    out.push_back({each.text("node_info.id"), each.text("node_info.moniker"),
                   each.text("remote_ip"), each.boolean("is_outbound"),
                   each.count("connection_status.Duration") / 1'000'000});  // of nanoseconds
  }
  return from.result(std::move(out));
}

Result<std::vector<ConsensusMember>> read_members(const json::value& answer) {
  const CometReader from(answer);
  std::vector<ConsensusMember> out;
  for (const auto& each : from.list("validators")) {
    const auto key = decompressed(each.base64("pub_key.value"));
    if (each.text("pub_key.type") != "tendermint/PubKeySecp256k1eth" || !key) {
      each.note("pub_key", "it is no key of secp256k1eth");
      break;
    }
    out.push_back({*key, each.count("voting_power")});
  }
  if (from.count("total") > members_a_page) from.note("total", "it is more than one page holds");
  return from.result(std::move(out));
}

Result<CometMempool> read_mempool(const json::value& answer) {
  const CometReader from(answer);
  return from.result(CometMempool{from.count("total"), from.count("total_bytes")});
}

}  // namespace

Result<CometBroadcast> CometRpc::broadcast(BytesView txn) {
  constexpr std::string_view method = "broadcast_tx_sync";
  const auto hash = sha256(txn);
  const auto answer = rpc_.call(method, {to_base64(txn)});
  if (!answer) {
    if (auto known = not_taken(answer.error(), hash)) return std::move(*known);
    return tl::unexpected(comet_fault(method, answer.error()));
  }
  auto out = read_broadcast(*answer, hash);
  if (!out) return within("CometBFT's answer to " + std::string(method), out.error());
  return out;
}

Result<CometStatus> CometRpc::status() {
  return ask_comet<CometStatus>(rpc_, "status", {}, read_status);
}

Result<std::vector<CometPeer>> CometRpc::peers() {
  return ask_comet<std::vector<CometPeer>>(rpc_, "net_info", {}, read_peers);
}

Result<Bytes> CometRpc::commit(std::uint64_t height) {
  return ask_comet<Bytes>(rpc_, "commit", {std::to_string(height)}, read_signed_header);
}

Result<std::vector<ConsensusMember>> CometRpc::members(std::uint64_t height) {
  return ask_comet<std::vector<ConsensusMember>>(
      rpc_, "validators", {std::to_string(height), "1", std::to_string(members_a_page)},
      read_members);
}

Result<CometMempool> CometRpc::mempool() {
  return ask_comet<CometMempool>(rpc_, "num_unconfirmed_txs", {}, read_mempool);
}

}  // namespace horae
