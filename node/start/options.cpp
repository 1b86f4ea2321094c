#include "node/start/options.hpp"

#include <fmt/core.h>

#include "core/crypto/secp256k1.hpp"
#include "events/pool/members.hpp"
#include "node/dev/accounts.hpp"
#include "node/keys/ask_password.hpp"
#include "node/keys/key_file.hpp"
#include "node/pool/change_file.hpp"
#include "node/pool/genesis_file.hpp"
#include "node/pool/genesis_fits.hpp"

namespace horae {
namespace {

using SharedKey = std::shared_ptr<const SecretKey>;

// Of the setting that names the file.
Result<SharedKey> open(const config::Config& config, const std::string& setting,
                       const std::filesystem::path& file, const Password& password) {
  auto key = open_key_file(file, password);
  if (!key) return within(setting, key.error().whole());
  if (config.l1_chain_id != dev::l1_chain_id &&
      dev::known_to_everybody(address_of(public_key(*key)))) {
    return fail(setting + ": " + file.string() +
                " holds a key of the dev network's, which everybody knows: it serves on no other "
                "network. Make one with `horae keys new`");
  }
  return std::make_shared<const SecretKey>(std::move(*key));
}

// With the one password.
Result<void> open_keys(const config::Config& config, SequenceOptions& options) {
  const auto password =
      password_for("keystores", config.password_file, "keys.password_file, --keys-password-file");
  if (!password) {
    return config.password_file ? within("keys.password_file", password.error())
                                : tl::unexpected(password.error());
  }
  for (const auto& file : config.signers) {
    auto key = open(config, "keys.signers", file, *password);
    if (!key) return tl::unexpected(key.error());
    options.keys.push_back(std::move(*key));
  }
  if (!config.reward_mpc) return {};
  auto key = open(config, "keys.reward_mpc", *config.reward_mpc, *password);
  if (!key) return tl::unexpected(key.error());
  options.reward_mpc_key = std::move(*key);
  return {};
}

// The node goes by the genesis, where its settings could say otherwise.
Started<Msg<schema::PoolGenesis>> named_genesis(const config::Config& config,
                                                FollowOptions& follow) {
  auto genesis = read_genesis(*config.pool_genesis);
  if (!genesis) return tl::unexpected(Failure{Trouble::pool_genesis, genesis.error().what});
  const auto says = genesis->read();
  if (auto fits = check_fits(config, says); !fits) {
    return tl::unexpected(Failure{Trouble::pool_genesis, fits.error().what});
  }
  follow.l1_chain_id = says.getL1ChainId();
  follow.from_block = says.getFromBlock();
  follow.confirmations =
      says.getFinalizedOnly() ? std::nullopt : std::optional(says.getConfirmations());
  return std::move(*genesis);
}

PoolOptions pool_options(const config::Config& config, Msg<schema::PoolGenesis> genesis,
                         std::shared_ptr<const SecretKey> key) {
  PoolOptions out;
  out.genesis = std::move(genesis);
  out.key = std::move(key);
  out.listen = config.pool_listen;
  out.endpoint = config.pool_endpoint.value_or(config.pool_listen);
  out.link_listen = config.pool_link_listen;
  out.link_endpoint = config.pool_link_endpoint.value_or(config.pool_link_listen);
  out.stall_limit_s = config.pool_stall_limit_s;
  out.rpc_port = config.pool_rpc_port;
  out.peers = config.pool_peers;
  out.command = config.pool_command;
  out.keep_heights = config.pool_keep_heights;
  out.copies = config.acknowledge_copies;
  out.external = config.pool_external;
  return out;
}

}  // namespace

FollowOptions follow_options(const config::Config& config) {
  return {config.l1,         config.locking_pool,  config.locking_info,
          config.from_block, config.confirmations, config.l1_chain_id};
}

SequenceOptions sequence_options(const config::Config& config) {
  SequenceOptions out;
  out.engine = config.engine();
  out.engine_flags = config.engine_flags;
  out.chain_id = config.chain_id;
  out.genesis_time = config.genesis_time;
  out.gas_limit = config.gas_limit;
  out.block_time_s = config.block_time_s;
  out.rpc_port = config.rpc_port;
  out.rpc_vhosts = config.rpc_vhosts;
  out.rpc_cors = config.rpc_cors;
  out.epoch_length = config.epoch_length;
  out.sign_txns = config.sign_txns;
  out.max_l1_drift_s = config.max_l1_drift_s;
  out.reward_period_s = config.reward_period_s;
  out.count_allotted = config.count_allotted;
  out.bump_after_ms = config.bump_after_s * 1000;
  out.resend_after_ms = config.resend_after_s * 1000;
  out.outage_limit_ms = config.outage_limit_s * 1000;
  return out;
}

Started<Node::Options> options_of(const config::Config& config) {
  Node::Options out;
  out.follow = follow_options(config);
  out.log_map_bytes = config.log_map_mib << 20;
  out.limits = config.limits;
  out.vitals.admission = std::make_shared<Admission>(config.limits.admissions);
  out.sequence = sequence_options(config);
  if (auto opened = open_keys(config, *out.sequence); !opened) {
    return tl::unexpected(Failure{Trouble::key_open, opened.error().what});
  }
  if (config.pool_rule_change) {
    auto change = read_change(*config.pool_rule_change);
    if (!change) {
      return tl::unexpected(Failure{Trouble::settings, "pool.rule_change: " + change.error().what});
    }
    out.rule_change = std::move(*change);
  }
  if (!config.pool_genesis) return out;
  auto genesis = named_genesis(config, out.follow);
  if (!genesis) return tl::unexpected(genesis.error());
  if (is_of_one_alone(genesis->read())) {
    if (config.acknowledge_copies > 1) {
      return tl::unexpected(
          Failure{Trouble::settings, config::copies_of_one_alone(config.acknowledge_copies)});
    }
    out.genesis = std::move(*genesis);
    return out;
  }
  out.pool = pool_options(config, std::move(*genesis), out.sequence->keys.front());
  return out;
}

}  // namespace horae
