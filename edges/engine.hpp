#pragma once

#include <memory>

#include "edges/http.hpp"
#include "edges/ports.hpp"

namespace horae {

/// A client of the engine at this endpoint, with a connection of its own; nothing is asked yet. The
/// one dialect that is spoken so far is anvil's.
[[nodiscard]] std::unique_ptr<EnginePort> engine_at(const Endpoint& endpoint,
                                                    const HttpOptions& options = {});

}  // namespace horae
