#include "node/consensus/comet_files.hpp"

#include <fmt/chrono.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/json.hpp>
#include <limits>
#include <set>

#include "core/base64.hpp"
#include "core/crypto/secp256k1.hpp"
#include "core/files.hpp"
#include "node/consensus/node_key.hpp"

namespace horae {
namespace {

namespace json = boost::json;

// CometBFT v0.40, types/block.go. For a member's signature a block keeps as much free as the
// longest of any kind of key needs, 3,309 bytes (ML-DSA-65), though ours have 65.
constexpr std::uint64_t header_bytes = 626 + 11;
constexpr std::uint64_t commit_bytes = 94 + comet_members * (3'309 + 20 + 1 + 14 + 11 + 3);
// Of a block, both votes of some sixty members that voted twice.
constexpr std::uint64_t evidence_bytes = 50'000;
constexpr std::uint64_t txn_frame_bytes = 8;  // field and length, as it stands in the block
// Part of each genesis: with another number the chains that there are would not be gone on with.
constexpr std::uint64_t block_bytes =
    comet_txn_bytes + txn_frame_bytes + evidence_bytes + header_bytes + commit_bytes;
// CometBFT, types/validator_set.go: MaxTotalVotingPower.
constexpr std::uint64_t most_power = std::numeric_limits<std::int64_t>::max() / 8;
// CometBFT, types/genesis.go: MaxChainIDLen.
constexpr std::size_t longest_chain_id = 50;

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// A basic string of TOML.
std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Result<void> check_socket(const std::filesystem::path& socket, const char* of) {
  constexpr auto longest = sizeof(sockaddr_un::sun_path) - 1;
  const auto text = socket.string();
  if (text.size() <= longest && socket.is_absolute() && is_plain(text)) return {};
  return fail(
      fmt::format("the socket of {} would be {}: wanted an absolute path of plain ASCII, and "
                  "of at most {} bytes; choose a shorter data directory",
                  of, text, longest));
}

constexpr std::string_view config_form =
    R"(# Written by Horae at each start from its own settings: what is changed here is lost.
# What is not here is CometBFT's default.
proxy_app = {app}
abci = "socket"
moniker = {moniker}
db_backend = "goleveldb"
log_level = "error"
log_format = "plain"
priv_validator_laddr = {signer}

[rpc]
laddr = "tcp://127.0.0.1:{rpc_port}"
unsafe = false
pprof_laddr = ""
# A txn of the longest kind, in base64.
max_body_bytes = {body_bytes}

[p2p]
laddr = {listen}
external_address = {endpoint}
persistent_peers = {peers}
# Strangers that take all places do not keep members out.
unconditional_peer_ids = {peer_ids}
# Members are named, not found; several may stand behind one address.
pex = false
addr_book_strict = false
allow_duplicate_ip = true
flush_throttle_timeout = "10ms"
# Bytes a second and peer: the usual 5,120,000 take 200 ms for the longest txn.
send_rate = 50000000
recv_rate = 50000000

[mempool]
type = "flood"
recheck = true
broadcast = true
size = 5000
max_txs_bytes = 67108864
cache_size = 10000
keep-invalid-txs-in-cache = false
max_tx_bytes = {txn_bytes}

[statesync]
enable = false

[blocksync]
version = "v0"
# It can make a member vote twice.
adaptive_sync = false

[consensus]
timeout_propose = "250ms"
timeout_propose_delta = "150ms"
timeout_prevote = "50ms"
timeout_prevote_delta = "150ms"
timeout_precommit = "30ms"
timeout_precommit_delta = "150ms"
timeout_commit = "0s"
skip_timeout_commit = false
peer_gossip_sleep_duration = "5ms"
# A block only where there is something to order.
create_empty_blocks = false
create_empty_blocks_interval = "0s"
# The node's signer keeps from signing twice, over restarts too.
double_sign_check_height = 0

[storage]
discard_abci_responses = false

[tx_index]
indexer = "null"

[instrumentation]
prometheus = false
)";

Result<json::array> genesis_members(const std::vector<ConsensusMember>& members) {
  if (members.empty() || members.size() > comet_members) {
    return fail(fmt::format("it has {} members, wanted 1 to {}", members.size(), comet_members));
  }
  json::array out;
  std::set<PublicKey> seen;
  std::uint64_t power = 0;
  for (const auto& member : members) {
    const auto key = compressed(member.key);
    if (!key) return within("a member", key.error());
    const auto name = to_hex(address_of(member.key));
    if (!seen.insert(member.key).second) return fail("member " + name + " is named twice");
    if (member.power == 0) return fail("member " + name + " has no power");
    if (member.power > most_power - power) {
      return fail("its members have more power together than " + std::to_string(most_power));
    }
    power += member.power;
    json::object public_half{{"type", "tendermint/PubKeySecp256k1eth"}, {"value", to_base64(*key)}};
    out.push_back(json::object{{"pub_key", std::move(public_half)},
                               {"power", std::to_string(member.power)},
                               {"name", name}});
  }
  return out;
}

// CometBFT hands it to the app without white space, and with these characters as Go escapes them.
Result<json::value> app_state_of(const Bytes& bytes) {
  const std::string text(bytes.begin(), bytes.end());
  boost::system::error_code wrong;
  auto out = json::parse(text, wrong);
  if (wrong) return fail("its app_state is no JSON: " + wrong.message());
  if (json::serialize(out) != text || text.find_first_of("<>&") != std::string::npos) {
    return fail("its app_state has white space or one of <>&, and would not reach the app so");
  }
  return out;
}

// CometBFT reads its genesis at its first start alone: with another one it would go on with the old
// chain, and say nothing.
Result<void> check_same_genesis(const CometSpec& spec, const std::string& genesis) {
  std::error_code error;
  if (!std::filesystem::exists(spec.home / "data/state.db", error)) return {};
  const auto file = spec.home / "config/genesis.json";
  if (read_small_file(file) == genesis) return {};
  return fail(
      spec.home.string() + " is of a chain that began otherwise (" + file.string() +
      " is not this node's): give the node its own genesis again, or another data directory");
}

}  // namespace

Result<std::string> comet_config(const CometSpec& spec) {
  if (auto good = check_socket(spec.app_socket, "consensus"); !good) {
    return tl::unexpected(good.error());
  }
  if (auto good = check_socket(spec.signer_socket, "the signer"); !good) {
    return tl::unexpected(good.error());
  }
  if (!is_plain(spec.moniker) || spec.moniker.find_first_not_of(' ') == std::string::npos) {
    return fail("the node's name among its peers: wanted plain ASCII, got " + spec.moniker);
  }
  std::string peers, ids;
  for (const auto& peer : spec.peers) {
    peers += (peers.empty() ? "" : ",") + peer.shown();
    ids += (ids.empty() ? "" : ",") + peer.id;
  }
  return fmt::format(
      config_form, fmt::arg("app", toml_text("unix://" + spec.app_socket.string())),
      fmt::arg("moniker", toml_text(spec.moniker)),
      fmt::arg("signer", toml_text("unix://" + spec.signer_socket.string())),
      fmt::arg("rpc_port", spec.rpc_port), fmt::arg("body_bytes", 2 * comet_txn_bytes),
      fmt::arg("listen", toml_text("tcp://" + spec.listen.shown())),
      fmt::arg("endpoint", toml_text(spec.endpoint.shown())), fmt::arg("peers", toml_text(peers)),
      fmt::arg("peer_ids", toml_text(ids)), fmt::arg("txn_bytes", comet_txn_bytes));
}

Result<std::string> comet_genesis(const CometSpec& spec) {
  const auto& chain_id = spec.genesis.chain_id;
  if (chain_id.empty() || chain_id.size() > longest_chain_id || !is_plain(chain_id)) {
    return fail(fmt::format("genesis: its chain id is {}: wanted plain ASCII of 1 to {} bytes",
                            chain_id.empty() ? "empty" : chain_id, longest_chain_id));
  }
  auto members = genesis_members(spec.genesis.members);
  if (!members) return within("genesis", members.error());
  auto app_state = app_state_of(spec.genesis.app_state);
  if (!app_state) return within("genesis", app_state.error());
  const auto time = fmt::gmtime(static_cast<std::time_t>(spec.genesis_time_ms / 1'000));
  // Of 64 bits each number is a text (CometBFT, libs/json).
  json::object params;
  params["block"] = json::object{{"max_bytes", std::to_string(block_bytes)}, {"max_gas", "-1"}};
  // Its defaults: so many blocks and 48 hours, both.
  params["evidence"] = json::object{{"max_age_num_blocks", std::to_string(comet_evidence_heights)},
                                    {"max_age_duration", "172800000000000"},
                                    {"max_bytes", std::to_string(evidence_bytes)}};
  params["validator"] = json::object{{"pub_key_types", json::array{"secp256k1eth"}}};
  params["version"] = json::object{{"app", "1"}};
  params["abci"] = json::object{{"vote_extensions_enable_height", "0"}};
  const json::object out{{"genesis_time", fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", time,
                                                      spec.genesis_time_ms % 1'000)},
                         {"chain_id", chain_id},
                         {"initial_height", "1"},
                         {"consensus_params", std::move(params)},
                         {"validators", std::move(*members)},
                         {"app_hash", ""},
                         {"app_state", std::move(*app_state)}};
  return json::serialize(out) + "\n";
}

Result<std::string> write_comet_files(const CometSpec& spec) {
  const auto config = comet_config(spec);
  if (!config) return tl::unexpected(config.error());
  const auto genesis = comet_genesis(spec);
  if (!genesis) return tl::unexpected(genesis.error());
  if (auto same = check_same_genesis(spec, *genesis); !same) return tl::unexpected(same.error());
  const auto files = spec.home / "config";
  for (const auto& directory : {spec.home, files, spec.home / "data"}) {
    if (auto made = make_private_directory(directory); !made) return tl::unexpected(made.error());
  }
  if (auto put = replace_file_durably(files / "config.toml", *config); !put) {
    return tl::unexpected(put.error());
  }
  if (auto put = replace_file_durably(files / "genesis.json", *genesis); !put) {
    return tl::unexpected(put.error());
  }
  // A key of its own making, which signs nothing where a signer listens; without its state, which
  // is in data/, CometBFT would not start. It makes both anew.
  std::error_code error;
  if (!std::filesystem::exists(spec.home / "data/priv_validator_state.json", error)) {
    std::filesystem::remove(files / "priv_validator_key.json", error);
  }
  return node_id_of(files / "node_key.json");
}

}  // namespace horae
