#include "node/child/program.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace horae {

Result<std::filesystem::path> program_called(const std::string& name) {
  if (name.find('/') != std::string::npos) return std::filesystem::absolute(name);
  const char* variable = std::getenv("PATH");
  const std::string_view places = variable == nullptr ? "" : variable;
  for (std::size_t begin = 0; begin < places.size();) {
    const auto end = std::min(places.find(':', begin), places.size());
    const auto file = std::filesystem::path(places.substr(begin, end - begin)) / name;
    if (::access(file.c_str(), X_OK) == 0) return std::filesystem::absolute(file);
    begin = end + 1;
  }
  return fail("no program in PATH is called " + name);
}

}  // namespace horae
