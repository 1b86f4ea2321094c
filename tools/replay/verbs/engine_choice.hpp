#pragma once

#include <memory>
#include <string>

#include "core/cli/command.hpp"
#include "core/trouble.hpp"
#include "edges/ports.hpp"

namespace horae::replay {

/// The engine that an auditor lends.
struct EngineChoice {
  std::string url;  // empty: none
  std::string dialect = "anvil";
};

/// Adds --engine, described by about, and --engine-dialect; returns the former.
cli::Option add_engine(cli::Command verb, EngineChoice& choice, const std::string& about);

/// Null where none is named; refuses (usage) what is no URL.
[[nodiscard]] Outcome<std::unique_ptr<EnginePort>> engine_at(const EngineChoice& choice);

}  // namespace horae::replay
