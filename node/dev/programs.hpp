#pragma once

#include <filesystem>

namespace horae::dev {

/// What the dev network runs and what it tells people to run.
struct Programs {
  std::filesystem::path anvil, cast;  // of npm's packages
  std::filesystem::path geth;         // of the pinned version (node/engine/pinned_geth.hpp)
  std::filesystem::path contracts;    // directory of the compiled dev contracts
  std::filesystem::path horae, replay, inspect;
};

/// Looks from this program's own place in <root>/build/<preset>/bin, and else where it was built.
[[nodiscard]] Programs find_programs();

}  // namespace horae::dev
