#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "node/start/resume.hpp"
#include "storage/data_directory.hpp"
#include "telemetry/board.hpp"

namespace horae {

/// Reads the log from its first record to the snapshot that a start went on from, behind the
/// running node, and does what a start without a snapshot does: schema, chain, tree against its
/// stored tiles, fold, state hashes. There its state must be the snapshot's, byte for byte, with
/// what no state hash covers. What came after the snapshot the start itself has read.
///
/// It costs as little as can be: one thread that runs and reads where nobody else wants to
/// (SCHED_IDLE, idle I/O), rests as long as it worked, and holds a read transaction only for the
/// copy of a few hundred records. The state that it folds takes memory once more until it is done.
class Verification {
 public:
  struct Options {
    std::shared_ptr<Environment> environment;
    UsedSnapshot used;
    std::shared_ptr<Board> board;
    /// Called on the thread with what differs; must not return to a node that goes on.
    std::function<void(const Fault&)> on_fault;
    bool rests = true;
  };

  explicit Verification(Options options);
  Verification(const Verification&) = delete;
  Verification& operator=(const Verification&) = delete;
  /// Ends at once.
  ~Verification();

  /// Until it is done. For tests.
  void wait() { thread_.join(); }

 private:
  Result<void> run();

  Options options_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

/// The end of a node whose log or snapshot a verification found wrong: deletes the snapshots, says
/// what was found and what to do, and ends the process with Exit::corrupt.
[[noreturn]] void end_at_difference(const DataPaths& paths, const Fault& fault);

}  // namespace horae
