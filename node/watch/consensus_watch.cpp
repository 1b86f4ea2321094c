#include "node/watch/consensus_watch.hpp"

#include "edges/quiet_thread.hpp"

namespace horae {
namespace {

constexpr auto every_look = std::chrono::seconds(2);

}  // namespace

ConsensusWatch::ConsensusWatch(Options options, std::shared_ptr<Board> board)
    : options_(std::move(options)), board_(std::move(board)) {
  thread_ = quiet_thread("consensus watch", [this] { run(); });
}

ConsensusWatch::~ConsensusWatch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ConsensusWatch::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    lock.unlock();
    look();
    lock.lock();
    changed_.wait_for(lock, every_look, [this] { return ending_; });
  }
}

void ConsensusWatch::look() {
  // Asked first: a command that comes after it is not ordered at that height.
  const bool waiting = board_->get<Board::Consensus>().waiting > 0;
  const auto height = options_.height();
  const auto peers = options_.peers();
  const auto seen = standstill_.look(height, waiting, Board::now_ms());
  bool turned = false;
  board_->change<Board::Consensus>([&](Board::Consensus& mine) {
    turned = mine.state != seen.state;
    mine.state = seen.state;
    mine.reason = seen.reason;
    if (height) mine.tip = *height;
    if (peers) mine.peers = *peers;
  });
  if (turned) {
    const bool orders = seen.reason.empty();
    logger_.say(orders ? Level::info : Level::warn, orders ? "consensus orders" : seen.reason);
  }
  if (seen.act) options_.on_still();
}

}  // namespace horae
