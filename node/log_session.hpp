#pragma once

#include <memory>
#include <vector>

#include "actors/journal.hpp"
#include "actors/service_watch.hpp"
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
  ServiceWatch watch;                     // led over all of it

  /// Opens (or begins) the log of a data directory that this process holds, checks its chain and
  /// folds it. A record that does not follow is a fault that names it.
  static Result<LogSession> open(const DataPaths& paths);
};

}  // namespace horae
