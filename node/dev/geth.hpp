#pragma once

#include <filesystem>

#include "node/dev/l2_engine.hpp"

namespace horae::dev {

struct GethOptions {
  std::filesystem::path program;
  std::filesystem::path home;  // its data, its secret and its output go here
  GenesisSpec genesis;         // of the first start; later ones go on with what there is
  std::optional<EngineAddress> address = std::nullopt;  // none: free ports
  std::vector<std::string> arguments = {};  // further ones; of two of a name the later counts
};

/// Refuses where there is no such program, saying where it comes from.
[[nodiscard]] Result<void> check_geth(const std::filesystem::path& program);

/// A geth of the pinned version on 127.0.0.1, which makes no block of its own. Returns when it
/// answers. A child that is stopped writes its state; one that is killed has its blocks again but
/// for the last. Main thread only (Child).
[[nodiscard]] Result<L2Engine> start_geth(const GethOptions& options);

}  // namespace horae::dev
