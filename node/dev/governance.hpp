#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/u256.hpp"
#include "edges/json_rpc.hpp"
#include "node/dev/former_children.hpp"

namespace horae::dev {

/// Plays the pool's governance on the dev network: when a reward batch that the node composed is
/// paid, and its closing says that another reward per block would have met the target rate, it sets
/// that one, from the governance account. Once for each batch; of several it takes the last. Quiet
/// while an endpoint is away; says when it changes the reward.
class Governance {
 public:
  /// l2: the node's own JSON-RPC; l1: an anvil that sends for its accounts. Begins at once, on a
  /// thread of its own.
  Governance(const Endpoint& l1, const Endpoint& l2, const Address& locking_pool, Say say);
  /// Ends within a moment, even in the middle of a call.
  ~Governance();
  Governance(const Governance&) = delete;
  Governance& operator=(const Governance&) = delete;

 private:
  void run();
  void look();

  JsonRpcClient l1_;
  JsonRpcClient l2_;
  Address pool_;
  Say say_;
  U256 seen_ = 0;  // the last batch that was looked at
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace horae::dev
