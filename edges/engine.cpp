#include "edges/engine.hpp"

#include "edges/engine_anvil.hpp"

namespace horae {

std::unique_ptr<EnginePort> engine_at(const Endpoint& endpoint, const HttpOptions& options) {
  return std::make_unique<AnvilEngine>(endpoint, options);
}

}  // namespace horae
