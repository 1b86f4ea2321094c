#pragma once

#include <memory>
#include <vector>

#include "actors/journal.hpp"
#include "actors/service_watch.hpp"
#include "events/state_hashes.hpp"
#include "events/world.hpp"
#include "storage/data_directory.hpp"
#include "storage/log.hpp"

namespace horae {

/// A log opened for writing and folded to its end: what the actors are seeded with.
struct LogSession {
  std::shared_ptr<Environment> environment;
  World world;
  JournalPosition position;
  std::vector<std::uint64_t> block_seqs;  // of BlockSealed N at N - 1
  Msg<schema::BlocksFact> last_sealed;    // empty where no block is sealed
  ServiceWatch watch;                     // led over all of it, as is
  StateHashWatch hashes;
  /// Size of the tree in the signed checkpoint beside the log; 0 where there is none.
  std::uint64_t checkpointed = 0;

  /// Opens (or begins) the log of a data directory that this process holds, checks its chain and
  /// its tree, folds it, and holds it against the checkpoint beside it. A record that does not
  /// follow is a fault that names it, and so is a log that is not the one that was signed. The
  /// stored part of the tree is filled up where it is behind.
  static Result<LogSession> open(const DataPaths& paths);
};

}  // namespace horae
