#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "edges/engine.hpp"

namespace horae {

/// A list of transactions comes in one request, in hex: a block of 60 million gas has 15 MB of
/// them. The most that a client of ours sends or takes (edges/http.hpp).
inline constexpr std::string_view geth_body_limit_mib = "64";

/// No transaction pays so much, so that the pool takes none: what is to be in a block comes in a
/// list. In wei, 2^62.
inline constexpr std::string_view geth_price_limit = "4611686018427387904";

/// What a geth that serves as the engine is started with, or by its address' dialect an op-geth.
struct GethSpec {
  std::filesystem::path datadir;
  EngineAddress address;  // where it is to listen
  std::uint64_t chain_id = 0;
  std::uint64_t gas_limit = 0;  // the genesis'
};

/// The arguments of `geth` that make its data directory, once.
[[nodiscard]] std::vector<std::string> geth_init(const std::filesystem::path& datadir,
                                                 const std::filesystem::path& genesis_file);

/// The arguments of each start, without the program's own name. As they were tried with geth 1.17.5
/// and op-geth 1.101702.3; each is needed.
[[nodiscard]] std::vector<std::string> geth_start(const GethSpec& spec);

/// What of them decides block hashes beside the genesis, for the log's identity.
[[nodiscard]] std::string geth_identity(std::uint64_t chain_id, std::uint64_t gas_limit);

}  // namespace horae
