#include "node/child/cached_program.hpp"

#include <cstdlib>

namespace horae {

std::filesystem::path cached_program(const std::string& name, const std::string& version) {
  const auto of_program = std::filesystem::path("horae") / (name + "-" + version) / name;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return cache / of_program;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return std::filesystem::path(home) / ".cache" / of_program;
}

}  // namespace horae
