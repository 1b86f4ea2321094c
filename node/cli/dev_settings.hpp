#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/result.hpp"
#include "node/config/settings.hpp"
#include "node/dev/dev_network.hpp"

namespace horae {

/// A node of a pool, as its settings name it.
struct DevMember {
  std::filesystem::path genesis;
  std::string listen, peers, link;
  std::uint16_t rpc_port = 0;  // of its consensus
};

/// What of a dev network's node can be chosen.
struct DevChoices {
  std::uint16_t rpc_port = 8545;  // 0: a free one
  std::uint16_t ops_port = 8560;  // 0: a free one
  std::uint64_t block_time_s = 1;
  std::uint64_t epoch_length = 5;
  std::uint64_t reward_period_s = 60;
  std::string count = "produced";
  std::uint64_t log_map_mib = std::uint64_t{1} << 20;
  std::optional<DevMember> pool = {};
};

/// Puts the keys of a dev network's node into its data directory, those that are not there yet: as
/// keystores, with the file of their password.
[[nodiscard]] Result<void> make_dev_keys(const std::filesystem::path& datadir);
/// The same for a further node of a pool: the one key of this account, as keys/signer.json.
[[nodiscard]] Result<void> make_member_key(const std::filesystem::path& datadir,
                                           std::size_t account);

/// Writes DATADIR/horae.toml for a network that runs, and reads it as `horae run` would. Variables
/// (HORAE_…) count for what the network does not decide. Everything that is wrong is in the fault.
[[nodiscard]] Result<config::Config> write_dev_settings(const std::filesystem::path& datadir,
                                                        const dev::DevNetwork& network,
                                                        const DevChoices& choices);
/// The same for a further node of a pool, which has a data directory and an engine of its own.
[[nodiscard]] Result<config::Config> write_member_settings(const std::filesystem::path& datadir,
                                                           const dev::DevNetwork& network,
                                                           const EngineAddress& engine,
                                                           const DevChoices& choices);

}  // namespace horae
