#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "edges/engine.hpp"
#include "edges/json_rpc.hpp"
#include "telemetry/board.hpp"
#include "telemetry/logger.hpp"

namespace horae {

/// Asks the engine every two seconds whether it is there, on a connection and a thread of its own,
/// and tells the board: an idle node would find out only when a user needs it.
class EngineWatch {
 public:
  EngineWatch(const EngineAddress& engine, std::shared_ptr<Board> board);
  ~EngineWatch();
  EngineWatch(const EngineWatch&) = delete;
  EngineWatch& operator=(const EngineWatch&) = delete;

 private:
  void run();

  JsonRpcClient engine_;
  std::shared_ptr<Board> board_;
  Logger logger_{"engine watch"};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace horae
