#pragma once

#include "node/dev/anvil.hpp"

namespace horae::dev {

inline constexpr std::uint64_t l2_chain_id = 10880;
inline constexpr std::uint64_t l2_gas_limit = 30'000'000;

struct L2EngineOptions {
  std::filesystem::path anvil;
  std::filesystem::path home;      // <datadir>/l2
  std::uint64_t genesis_time = 0;  // seconds; with the flags it decides every block hash
};

/// The flags that decide block hashes, for the log's identity.
[[nodiscard]] std::string l2_engine_flags(std::uint64_t genesis_time);

/// The dev network's L2 engine: an anvil on a free port, at its genesis, which is the same each
/// time. What was there before is rebuilt from the log. Main thread only.
[[nodiscard]] Result<Anvil> start_l2_engine(const L2EngineOptions& options);

}  // namespace horae::dev
