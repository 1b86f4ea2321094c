#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "edges/comet_rpc.hpp"
#include "node/consensus/standstill.hpp"
#include "node/watch/looking.hpp"
#include "telemetry/board.hpp"
#include "telemetry/logger.hpp"

namespace horae {

/// Looks every two seconds how high consensus is, on a thread of its own, and tells the board
/// whether it orders (node/consensus/standstill.hpp), who is connected, and how the signer is.
class ConsensusWatch {
 public:
  struct Options {
    /// Asks CometBFT how far it is; answers within some seconds, for the watch ends no sooner.
    std::function<Result<CometStatus>()> status;
    /// Asks it for the ids of those that it is connected to; a fault leaves what was told before.
    std::function<Result<std::vector<std::string>>()> peers;
    /// What the signer says of itself.
    std::function<Board::PoolSigner()> signer;
    /// How many times CometBFT was started again.
    std::function<std::uint64_t()> restarts;
    /// Called when consensus stands still or is silent for too long, and every ten minutes while it
    /// is, to start a CometBFT of the node's own again (CometChild::ask_restart): one that is stuck
    /// goes on then, and so does one that has given up its peers, as it does after a day without
    /// them.
    std::function<void(const std::string& why)> on_stuck;
  };
  ConsensusWatch(Options options, std::shared_ptr<Board> board);

 private:
  void look();

  const Options options_;
  std::shared_ptr<Board> board_;
  Logger logger_{"consensus"};
  Standstill standstill_;
  Looking looking_;
};

}  // namespace horae
