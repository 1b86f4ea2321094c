#pragma once

#include <filesystem>
#include <optional>

#include "node/dev/contracts.hpp"

namespace horae::dev {

/// What makes this dev network the one that its log tells of.
struct Network {
  Hash32 l1_genesis;
  std::uint64_t l2_genesis_time = 0;  // seconds
  EngineDialect engine = EngineDialect::anvil;
  std::uint64_t nodes = 1;  // members of its pool; 1: there is none
  Contracts contracts;

  bool operator==(const Network&) const = default;
};

/// <datadir>/l1/network.json, durable when this returns.
[[nodiscard]] Result<void> write_network(const std::filesystem::path& file, const Network& network);
/// Nothing if there is no such file; a fault if it cannot be understood.
[[nodiscard]] Result<std::optional<Network>> read_network(const std::filesystem::path& file);

}  // namespace horae::dev
