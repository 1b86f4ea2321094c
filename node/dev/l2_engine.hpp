#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "edges/engine.hpp"
#include "node/child/child.hpp"
#include "node/engine/genesis.hpp"

namespace horae::dev {

inline constexpr std::uint64_t l2_chain_id = 10880;
inline constexpr std::uint64_t l2_gas_limit = 30'000'000;

struct L2EngineOptions {
  EngineDialect dialect = EngineDialect::anvil;
  std::filesystem::path program;   // of that dialect
  std::filesystem::path home;      // <datadir>/l2
  std::uint64_t genesis_time = 0;  // seconds; with the flags it decides every block hash
};

/// The dev network's L2 engine: a process, and how it is spoken to.
struct L2Engine {
  Child child;
  EngineAddress address;
};

/// The flags that decide block hashes, for the log's identity.
[[nodiscard]] std::string l2_engine_flags(EngineDialect dialect, std::uint64_t genesis_time);

/// The block 0 of a geth of the dev network: the accounts that anvil funds, with as much.
[[nodiscard]] GenesisSpec l2_genesis(std::uint64_t genesis_time);

/// Starts it on free ports. An anvil begins at its genesis, which is the same each time: what was
/// there before is rebuilt from the log. geth goes on where it was. Main thread only.
[[nodiscard]] Result<L2Engine> start_l2_engine(const L2EngineOptions& options);

}  // namespace horae::dev
