#include "node/ending.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <csignal>

namespace horae {

void Ending::with(Exit code) {
  code_.store(code);
  ::kill(::getpid(), SIGTERM);
}

L1Told tell_of_l1(Node::Say say, Ending& ending) {
  return [say = std::move(say), &ending](const L1News& news) {
    for (const auto& one : news.differences) {
      say(fmt::format("L1 block {}: {} is {} in the contracts and {} in the log", news.head,
                      one.field, one.contract, one.folded));
    }
    if (news.alarm.empty()) return;
    say("L1: " + news.alarm);
    ending.with(Exit::mismatch);
  };
}

}  // namespace horae
