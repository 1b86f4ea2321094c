#include "core/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace horae {
namespace {

StopHandler handler = nullptr;

}  // namespace

void set_stop_handler(StopHandler wanted) { handler = wanted; }

void stop(std::string_view why) {
  if (handler != nullptr) handler(why);
  std::fprintf(stderr, "horae: stopped: %.*s\n", static_cast<int>(why.size()), why.data());
  std::fflush(stderr);
  std::abort();
}

}  // namespace horae
