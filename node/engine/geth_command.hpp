#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "edges/engine.hpp"

namespace horae {

/// What a geth that serves as the engine is started with.
struct GethSpec {
  std::filesystem::path datadir;
  EngineAddress address;  // where it is to listen
  std::uint64_t chain_id = 0;
  std::uint64_t gas_limit = 0;  // the genesis'
};

/// The arguments of `geth` that make its data directory, once.
[[nodiscard]] std::vector<std::string> geth_init(const std::filesystem::path& datadir,
                                                 const std::filesystem::path& genesis_file);

/// The arguments of each start, without the program's own name. As they were tried with geth
/// 1.17.5; each is needed.
[[nodiscard]] std::vector<std::string> geth_start(const GethSpec& spec);

/// What of them decides block hashes beside the genesis, for the log's identity.
[[nodiscard]] std::string geth_identity(std::uint64_t chain_id, std::uint64_t gas_limit);

}  // namespace horae
