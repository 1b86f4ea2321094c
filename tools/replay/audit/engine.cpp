#include "tools/replay/audit/engine.hpp"

#include "edges/engine_anvil.hpp"

namespace horae::replay {

Outcome<std::unique_ptr<EnginePort>> engine_at(const std::string& url) {
  if (url.empty()) return nullptr;
  const auto endpoint = Endpoint::parse(url);
  if (!endpoint) return refuse(Exit::usage, "--engine: " + endpoint.error().what);
  return std::make_unique<AnvilEngine>(*endpoint);
}

}  // namespace horae::replay
