#include "core/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace horae {

void stop(std::string_view why) {
  std::fprintf(stderr, "horae: stopped: %.*s\n", static_cast<int>(why.size()), why.data());
  std::fflush(stderr);
  std::abort();
}

}  // namespace horae
