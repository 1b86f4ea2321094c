#include "node/watch/engine_watch.hpp"

#include "edges/quiet_thread.hpp"

namespace horae {
namespace {

constexpr auto every = std::chrono::seconds(2);
// What an engine is given for the number of its head, which it has in memory.
const HttpOptions patience{.connect_timeout_ms = 3'000, .read_timeout_ms = 3'000};

}  // namespace

EngineWatch::EngineWatch(const EngineAddress& engine, std::shared_ptr<Board> board)
    : engine_(engine.rpc, patience),
      board_(std::move(board)),
      thread_(quiet_thread("engine watch", [this] { run(); })) {}

EngineWatch::~EngineWatch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  engine_.cancel();
  thread_.join();
}

void EngineWatch::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    lock.unlock();
    const auto head = engine_.call("eth_blockNumber", {});
    lock.lock();
    if (ending_) return;
    bool turned = false;
    board_->change<Board::Engine>([&](Board::Engine& seen) {
      const char* const state = head ? "answering" : "silent";
      turned = seen.state != state;
      seen.state = state;
      seen.reason = head ? std::string() : head.error().message;
    });
    if (turned) logger_.debug(head ? "the engine answers" : "the engine does not answer");
    changed_.wait_for(lock, every, [this] { return ending_; });
  }
}

}  // namespace horae
