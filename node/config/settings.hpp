#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "edges/engine.hpp"
#include "node/config/limits.hpp"
#include "node/consensus/peer.hpp"
#include "node/logging/settings.hpp"

namespace horae::config {

/// All that `horae run` is told, checked. Paths are absolute.
struct Config {
  std::string network;
  std::uint64_t l1_chain_id = 0;  // the network's
  std::filesystem::path datadir;
  Endpoint l1, engine_rpc;
  EngineDialect engine_dialect = EngineDialect::anvil;
  std::optional<Endpoint> engine_auth;
  std::optional<std::filesystem::path> engine_jwt_file;
  Address locking_pool, locking_info;
  std::uint64_t from_block = 0;
  std::optional<std::uint64_t> confirmations;  // none: the endpoint's finalized block
  std::uint64_t max_l1_drift_s = 0;
  std::string engine_flags;
  std::vector<std::string> engine_command;  // none: somebody else runs the engine
  std::uint64_t chain_id = 0, genesis_time = 0, gas_limit = 0, block_time_s = 0, epoch_length = 0;
  bool sign_txns = false;
  std::uint64_t reward_period_s = 0;
  bool count_allotted = false;
  std::vector<std::filesystem::path> signers;       // keystores
  std::optional<std::filesystem::path> reward_mpc;  // keystore
  std::optional<std::filesystem::path> password_file;
  std::uint64_t bump_after_s = 0, resend_after_s = 0, outage_limit_s = 0;
  std::uint16_t rpc_port = 0, ops_port = 0;
  std::vector<std::string> rpc_vhosts, rpc_cors, ops_vhosts;
  std::optional<std::filesystem::path> pool_genesis;  // none: made at the first start
  std::optional<std::filesystem::path> pool_rule_change;
  HostPort pool_listen;
  std::optional<HostPort> pool_endpoint;  // none: pool_listen
  HostPort pool_link_listen;
  std::optional<HostPort> pool_link_endpoint;  // none: pool_link_listen
  std::vector<Peer> pool_peers;
  std::vector<std::string> pool_command;  // none: the pinned CometBFT, or somebody else runs it
  bool pool_external = false;
  std::uint16_t pool_rpc_port = 0;
  std::uint64_t pool_stall_limit_s = 0;
  std::uint64_t pool_keep_heights = 0;  // 0: all
  std::uint64_t acknowledge_copies = 1;
  std::uint64_t log_map_mib = 0;
  logging::Settings logs;
  Limits limits;

  [[nodiscard]] EngineAddress engine() const {
    return {engine_dialect, engine_rpc, engine_auth,
            engine_jwt_file.value_or(std::filesystem::path())};
  }
};

/// What a value's words are read against.
struct Surroundings {
  std::string network;              // "" while it is not known
  std::filesystem::path directory;  // that relative paths are relative to
};

/// One thing that can be set, and all there is to know about it. Its name is its key in the TOML
/// file ("l1.endpoint"); its flag (--l1-endpoint) and its variable (HORAE_L1_ENDPOINT) follow.
struct Setting {
  std::string_view name;
  std::string_view kind;   // URL, ADDRESS, NUMBER, …: what stands behind the flag in the help
  std::string_view about;  // one sentence, for the help and the commented file
  /// Where nothing else is said; none: it must be said. "" stands for nothing at all.
  std::optional<std::string> (*standard)(const Surroundings&);
  Result<void> (*set)(Config&, const std::string& text, const Surroundings&);
  /// A value that may hold a provider's key is shown without it.
  std::string (*shown)(const std::string& text);
};

/// In the order in which they stand in a file. The first is the network, on which the others'
/// standards may depend.
[[nodiscard]] std::span<const Setting> settings();
[[nodiscard]] const Setting* find_setting(std::string_view name);
[[nodiscard]] std::string flag_of(const Setting& setting);
[[nodiscard]] std::string variable_of(const Setting& setting);

/// The networks that there are settings for.
[[nodiscard]] std::vector<std::string> network_names();

}  // namespace horae::config
