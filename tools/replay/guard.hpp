#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace horae::replay {

/// How guarded work ended.
struct Ending {
  int signal = 0;         // 0: it ended by itself
  int code = 0;           // its exit code then
  std::uint64_t seq = 0;  // the record that it last said it was looking at
};

/// Runs work in a child process and tells how it ended. A damaged page ends whoever reads it
/// through LMDB's map (an assertion, SIGBUS), and a fold stops on a fact that cannot be: neither
/// must leave an auditor without an answer. work sets its argument to the seq of the record it
/// looks at and returns the exit code. To be called before any log is open and any thread runs.
[[nodiscard]] Ending run_guarded(const std::function<int(std::atomic<std::uint64_t>&)>& work);

}  // namespace horae::replay
