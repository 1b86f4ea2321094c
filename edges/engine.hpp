#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "edges/http.hpp"
#include "edges/ports.hpp"

namespace horae {

/// How an engine is spoken to.
enum class EngineDialect : std::uint8_t {
  anvil,
  geth,        // its testing_ methods and, to adopt and to go back, the Engine API
  engine_api,  // the Engine API as OP's clients have it
};

/// Where an engine is.
struct EngineAddress {
  EngineDialect dialect = EngineDialect::anvil;
  Endpoint rpc;                         // of eth_ and whatever needs no secret
  std::optional<Endpoint> auth = {};    // of the Engine API
  std::filesystem::path jwt_file = {};  // the secret of auth
};

[[nodiscard]] std::string_view name_of(EngineDialect dialect);
/// Nothing where no dialect has this name.
[[nodiscard]] std::optional<EngineDialect> dialect_named(std::string_view name);

/// A client of the engine, with a connection of its own; nothing is asked yet.
[[nodiscard]] std::unique_ptr<EnginePort> engine_at(const EngineAddress& address,
                                                    const HttpOptions& options = {});

}  // namespace horae
