#include "core/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace horae {
namespace {

StopHandler handler = nullptr;
thread_local StopHandler own_handler = nullptr;

}  // namespace

ThreadStopHandler::ThreadStopHandler(StopHandler wanted) : before_(own_handler) {
  own_handler = wanted;
}
ThreadStopHandler::~ThreadStopHandler() { own_handler = before_; }

void set_stop_handler(StopHandler wanted) { handler = wanted; }

void stop(std::string_view why) {
  if (own_handler != nullptr) own_handler(why);
  if (handler != nullptr) handler(why);
  std::fprintf(stderr, "horae: stopped: %.*s\n", static_cast<int>(why.size()), why.data());
  std::fflush(stderr);
  std::abort();
}

}  // namespace horae
