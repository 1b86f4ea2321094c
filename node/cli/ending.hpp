#pragma once

#include <atomic>

#include "core/trouble.hpp"
#include "node/node.hpp"

namespace horae {

/// How a program ends whose node runs until a signal comes: with 0, or with what something else
/// than a person has ended it for.
class Ending {
 public:
  /// Says why, and ends the program in order with its exit code; from any thread.
  void with(const Failure& failure);
  [[nodiscard]] Exit code() const { return code_.load(); }

 private:
  std::atomic<Exit> code_{Exit::ok};
};

/// Says where L1's contracts differ from the log, and ends the program where L1 contradicts what
/// was final. ending must outlive the node.
[[nodiscard]] L1Told tell_of_l1(Ending& ending);

}  // namespace horae
