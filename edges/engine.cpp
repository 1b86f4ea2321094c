#include "edges/engine.hpp"

#include "edges/engine_anvil.hpp"
#include "edges/engine_geth.hpp"
#include "edges/engine_op.hpp"

namespace horae {

std::optional<EngineDialect> dialect_named(std::string_view name) {
  if (name == "anvil") return EngineDialect::anvil;
  if (name == "geth") return EngineDialect::geth;
  if (name == "engine-api") return EngineDialect::engine_api;
  return std::nullopt;
}

std::unique_ptr<EnginePort> engine_at(const EngineAddress& address, const HttpOptions& options) {
  switch (address.dialect) {
    case EngineDialect::anvil:
      return std::make_unique<AnvilEngine>(address.rpc, options);
    case EngineDialect::geth:
      return std::make_unique<GethEngine>(address, options);
    case EngineDialect::engine_api:
      return std::make_unique<OpEngine>(address, options);
  }
  stop("an engine of no dialect");
}

}  // namespace horae
