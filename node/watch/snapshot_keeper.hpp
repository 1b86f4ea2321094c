#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "actors/snapshot_taker.hpp"
#include "telemetry/logger.hpp"

namespace horae {

/// Writes snapshots on a thread of its own, so that nobody waits for a disk that is no part of the
/// log. Where the disk is slower than they come, the newest one is written and the others are left
/// out. One that cannot be written is said once, and nothing else comes of it.
class SnapshotKeeper {
 public:
  explicit SnapshotKeeper(std::filesystem::path directory);
  SnapshotKeeper(const SnapshotKeeper&) = delete;
  SnapshotKeeper& operator=(const SnapshotKeeper&) = delete;
  /// Ends the one that is being written.
  ~SnapshotKeeper();

  /// From any thread; returns at once.
  void keep(TakenSnapshot taken);

 private:
  void run();

  Snapshots snapshots_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<TakenSnapshot> next_;
  Logger logger_{"snapshots"};
  bool ending_ = false;
  bool said_ = false;  // that they cannot be written
  std::thread thread_;
};

}  // namespace horae
