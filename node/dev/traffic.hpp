#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "edges/json_rpc.hpp"

namespace horae::dev {

/// Transfers of the dev network's own, from the accounts 1 to 7 in turn, sent to the L2 port as any
/// wallet would. It goes on whatever is answered: after a refusal it asks for the nonces anew.
class Traffic {
 public:
  /// per_second: above 0. Begins at once, on a thread of its own.
  Traffic(const Endpoint& l2, std::uint64_t per_second);
  /// Ends within a moment, even in the middle of a call.
  ~Traffic();
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  [[nodiscard]] std::uint64_t accepted() const { return accepted_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  class Senders;
  void run(std::uint64_t per_second);

  JsonRpcClient l2_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::thread thread_;
};

}  // namespace horae::dev
