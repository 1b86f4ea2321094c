#include "node/cli/ending.hpp"

#include <unistd.h>

#include <csignal>

#include "node/logging/ending.hpp"
#include "telemetry/logger.hpp"

namespace horae {

void Ending::with(const Failure& failure) {
  code_.store(logging::ended("node", failure));
  ::kill(::getpid(), SIGTERM);
}

L1Told tell_of_l1(Ending& ending) {
  return [logger = Logger("L1 listener"), &ending](const L1News& news) {
    for (const auto& one : news.compared.differences) {
      logger.error("the contracts and the log differ", {{"block", news.compared.block},
                                                        {"field", one.field},
                                                        {"contract", one.contract},
                                                        {"folded", one.folded}});
    }
    if (!news.alarm.empty()) ending.with({Trouble::l1_alarm, "L1: " + news.alarm});
  };
}

}  // namespace horae
