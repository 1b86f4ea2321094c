#include "node/cli/dev_settings.hpp"

#include <fmt/core.h>

#include <cstdlib>

#include "core/crypto/keystore.hpp"
#include "core/files.hpp"
#include "node/config/load.hpp"
#include "node/config/write.hpp"
#include "node/dev/accounts.hpp"
#include "node/keys/key_file.hpp"

namespace horae {
namespace {

using Settings = std::map<std::string, std::string, std::less<>>;

// Everybody knows the keys, so that the password protects nothing: a start need not wait for it.
constexpr const char* password = "known-to-everybody";
constexpr keystore::ScryptCost light{1u << 10, 8, 1};

std::string url(const Endpoint& endpoint) {
  return fmt::format("http://{}:{}", endpoint.host, endpoint.port);
}

Settings settings_of(const std::filesystem::path& datadir, const dev::DevNetwork& network,
                     const EngineAddress& engine, const DevChoices& choices,
                     const std::string& signers) {
  const auto& contracts = network.contracts();
  Settings out{
      {"network", "dev"},
      {"datadir", "."},
      {"l1.endpoint", url(network.l1())},
      {"l1.locking_pool", to_hex(contracts.locking_pool)},
      {"l1.locking_info", to_hex(contracts.locking_info)},
      {"l1.from_block", std::to_string(contracts.deployment_block)},
      // Here the newest block is as good as confirmed, and a reorganisation is ordinary.
      {"l1.confirmations", "0"},
      {"engine.endpoint", url(engine.rpc)},
      {"engine.flags", network.engine_flags()},
      {"l2.chain_id", std::to_string(dev::l2_chain_id)},
      {"l2.genesis_time", std::to_string(network.network().l2_genesis_time)},
      {"l2.gas_limit", std::to_string(dev::l2_gas_limit)},
      {"l2.block_time_s", std::to_string(choices.block_time_s)},
      {"l2.epoch_length", std::to_string(choices.epoch_length)},
      {"rewards.period_s", std::to_string(choices.reward_period_s)},
      {"rewards.count", choices.count},
      {"keys.signers", signers},
      {"keys.password_file", std::string(dev::password_file)},
      // The dev L1 makes a block each second.
      {"submissions.bump_after_s", "15"},
      {"submissions.resend_after_s", "5"},
      {"penalties.outage_limit_s", "60"},
      {"rpc.port", std::to_string(choices.rpc_port)},
      {"ops.port", std::to_string(choices.ops_port)},
      {"log.map_mib", std::to_string(choices.log_map_mib)},
  };
  out["engine.dialect"] = name_of(engine.dialect);
  if (engine.auth) {
    out["engine.auth_endpoint"] = url(*engine.auth);
    out["engine.jwt_file"] = std::filesystem::relative(engine.jwt_file, datadir).string();
  }
  if (const auto& pool = choices.pool) {
    out["pool.genesis"] = std::filesystem::relative(pool->genesis, datadir).string();
    out["pool.listen"] = pool->listen;
    out["pool.link_listen"] = pool->link;
    out["pool.peers"] = pool->peers;
    out["pool.rpc_port"] = std::to_string(pool->rpc_port);
  }
  return out;
}

Result<void> make_key(const std::filesystem::path& datadir, const dev::NodeKey& key) {
  const auto file = datadir / key.file;
  if (std::filesystem::exists(file)) return {};
  return make_key_file(file, dev::key_of(dev::accounts()[key.account]), Password(password), light);
}

Result<void> make_password_file(const std::filesystem::path& datadir) {
  const auto file = datadir / dev::password_file;
  if (auto made = make_private_directory(file.parent_path()); !made) return made;
  if (std::filesystem::exists(file)) return {};
  return replace_file_durably(file, std::string(password) + "\n");
}

// Writes them, and reads them as `horae run` would.
Result<config::Config> write_settings(const std::filesystem::path& datadir,
                                      const Settings& settings) {
  const auto file = datadir / "horae.toml";
  const auto text = config::commented_file(
      settings, "`horae dev` writes this file anew at each start: change a copy of it.");
  if (auto written = replace_file_durably(file, text); !written) {
    return tl::unexpected(written.error());
  }
  const auto variable = [&](const std::string& name) -> std::optional<std::string> {
    for (const auto& setting : config::settings()) {
      if (config::variable_of(setting) == name && settings.contains(setting.name)) {
        return std::nullopt;
      }
    }
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  const auto loaded = config::load({file, variable, {}});
  std::string wrong;
  for (const auto& one : loaded.problems) {
    wrong += (wrong.empty() ? "" : "; ") + one.where + ": " + one.what;
  }
  if (!wrong.empty()) return fail(wrong);
  return loaded.config;
}

}  // namespace

Result<void> make_member_key(const std::filesystem::path& datadir, std::size_t account) {
  if (auto made = make_password_file(datadir); !made) return made;
  return make_key(datadir, {account, dev::signer_files.front().file});
}

Result<void> make_dev_keys(const std::filesystem::path& datadir) {
  if (auto made = make_password_file(datadir); !made) return made;
  for (const auto& key : dev::signer_files) {
    if (auto made = make_key(datadir, key); !made) return made;
  }
  return make_key(datadir, dev::reward_mpc_file);
}

Result<config::Config> write_dev_settings(const std::filesystem::path& datadir,
                                          const dev::DevNetwork& network,
                                          const DevChoices& choices) {
  std::string signers;
  for (const auto& key : dev::signer_files) {
    signers += (signers.empty() ? "" : ",") + std::string(key.file);
  }
  auto settings = settings_of(datadir, network, network.engine(), choices, signers);
  settings["keys.reward_mpc"] = std::string(dev::reward_mpc_file.file);
  return write_settings(datadir, settings);
}

Result<config::Config> write_member_settings(const std::filesystem::path& datadir,
                                             const dev::DevNetwork& network,
                                             const EngineAddress& engine,
                                             const DevChoices& choices) {
  return write_settings(datadir, settings_of(datadir, network, engine, choices,
                                             std::string(dev::signer_files.front().file)));
}

}  // namespace horae
