#include "edges/engine.hpp"

#include "edges/engine_anvil.hpp"
#include "edges/engine_geth.hpp"
#include "edges/engine_op.hpp"

namespace horae {

std::string_view name_of(EngineDialect dialect) {
  switch (dialect) {
    case EngineDialect::anvil:
      return "anvil";
    case EngineDialect::geth:
      return "geth";
    case EngineDialect::engine_api:
      return "engine-api";
  }
  stop("an engine of no dialect");
}

std::optional<EngineDialect> dialect_named(std::string_view name) {
  for (const auto dialect :
       {EngineDialect::anvil, EngineDialect::geth, EngineDialect::engine_api}) {
    if (name == name_of(dialect)) return dialect;
  }
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
