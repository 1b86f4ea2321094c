#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace horae {

/// Malformed bytes or a refusing outside, in words that say what and where.
struct Fault {
  std::string what;
};

template <class T>
using Result = tl::expected<T, Fault>;

[[nodiscard]] inline tl::unexpected<Fault> fail(std::string what) {
  return tl::unexpected<Fault>(Fault{std::move(what)});
}

/// Puts where in front of what went wrong.
[[nodiscard]] inline tl::unexpected<Fault> within(std::string_view where, const Fault& fault) {
  return fail(std::string(where) + ": " + fault.what);
}

/// The third kind of trouble: something that cannot happen did. Ends the process with its context;
/// restart is replay.
[[noreturn]] void stop(std::string_view why);

/// For the auditor's tools and a node that starts, where a damaged log is no bug: the handler
/// throws instead. A running node has none.
using StopHandler = void (*)(std::string_view why);
void set_stop_handler(StopHandler handler);

/// A stop handler for the thread that makes this alone, asked before the one of all threads; until
/// it goes out of scope.
class ThreadStopHandler {
 public:
  explicit ThreadStopHandler(StopHandler handler);
  ThreadStopHandler(const ThreadStopHandler&) = delete;
  ThreadStopHandler& operator=(const ThreadStopHandler&) = delete;
  ~ThreadStopHandler();

 private:
  StopHandler before_;
};

}  // namespace horae
