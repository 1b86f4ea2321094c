#include "core/exit.hpp"

namespace horae {

std::string exit_codes_help() {
  std::string out = "Exit codes:\n";
  for (std::size_t code = 0; code < exit_meanings.size(); ++code) {
    const auto number = std::to_string(code);
    out += "  " + number + std::string(4 - number.size(), ' ') + std::string(exit_meanings[code]) +
           "\n";
  }
  out.pop_back();
  return out;
}

}  // namespace horae
