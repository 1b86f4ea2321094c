#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "actors/journal.hpp"
#include "actors/snapshot_taker.hpp"
#include "duties/service_watch.hpp"
#include "events/state_hashes.hpp"
#include "events/world.hpp"
#include "node/start/resume.hpp"
#include "storage/data_directory.hpp"
#include "storage/log.hpp"

namespace horae {

/// Whether a start may go on from a snapshot, or reads every record first.
enum class StartFrom : bool { snapshot, beginning };

/// A log opened for writing and folded to its end: what the actors are seeded with.
struct LogSession {
  std::shared_ptr<Environment> environment;
  World world;
  JournalPosition position;
  ServiceWatch watch;  // led over all of it, as is
  StateHashWatch hashes;
  SnapshotTaker taker;
  /// Where the fold went on from a snapshot: everything before it is as the log says, except for
  /// what only a verification of all of it finds.
  std::optional<UsedSnapshot> used;
  /// The snapshots that were there and not used, each with the reason.
  std::vector<std::string> refused;
  /// Size of the tree in the signed checkpoint beside the log; 0 where there is none.
  std::uint64_t checkpointed = 0;

  /// Opens (or begins) the log of a data directory that this process holds, checks its chain and
  /// its tree, folds it, and holds it against the checkpoint beside it. A record that does not
  /// follow is a fault that names it, and so is a log that is not the one that was signed. The
  /// stored part of the tree is filled up where it is behind.
  ///
  /// The fold goes on from the newest snapshot that fits, and the tiles before it are taken as they
  /// are stored; without one it begins at the first record, and leaves a snapshot for the next
  /// start. Snapshots that do not fit are deleted when the log is open. board is told how far it
  /// is.
  static Result<LogSession> open(const DataPaths& paths,
                                 std::size_t map_bytes = std::size_t{1} << 40,
                                 StartFrom from = StartFrom::snapshot, Board* board = nullptr);
  /// Folds what this process has written since. The journal is its own from then on.
  Result<void> go_on();
};

}  // namespace horae
