#include "node/watch/snapshot_keeper.hpp"

#include "edges/quiet_thread.hpp"

namespace horae {

SnapshotKeeper::SnapshotKeeper(std::filesystem::path directory)
    : snapshots_(std::move(directory)), thread_(quiet_thread("snapshots", [this] { run(); })) {}

SnapshotKeeper::~SnapshotKeeper() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SnapshotKeeper::keep(TakenSnapshot taken) {
  {
    const std::lock_guard lock(mutex_);
    next_ = std::move(taken);
  }
  changed_.notify_one();
}

void SnapshotKeeper::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || next_; });
    if (!next_) return;
    const auto taken = std::move(*next_);
    next_.reset();
    lock.unlock();
    const auto written = snapshots_.write(taken.header.seq, taken.encode());
    if (!written && !said_) {
      logger_.warn("a snapshot cannot be written; the next start replays more of the log",
                   {{"why", written.error().what}});
    }
    if (written) logger_.debug("a snapshot is written", {{"record", taken.header.seq}});
    said_ = !written;
    lock.lock();
  }
}

}  // namespace horae
