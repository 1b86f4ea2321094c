#include "node/engine/pinned_geth.hpp"

#include <cstdlib>
#include <string>

namespace horae {

std::string_view geth_version() { return HORAE_GETH_VERSION; }

std::filesystem::path pinned_geth() {
  const auto of_program = std::filesystem::path("horae") / ("geth-" HORAE_GETH_VERSION) / "geth";
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return cache / of_program;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return std::filesystem::path(home) / ".cache" / of_program;
}

}  // namespace horae
