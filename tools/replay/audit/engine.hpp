#pragma once

#include <memory>
#include <string>

#include "edges/ports.hpp"
#include "tools/replay/refusal.hpp"

namespace horae::replay {

/// The engine of --engine, null where none is named; refuses (usage) what is no URL.
[[nodiscard]] Outcome<std::unique_ptr<EnginePort>> engine_at(const std::string& url);

}  // namespace horae::replay
