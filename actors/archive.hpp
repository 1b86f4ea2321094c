#pragma once

#include "actors/shell.hpp"
#include "storage/log.hpp"
#include "storage/lookups.hpp"

namespace horae {

struct ArchiveOptions {
  /// Records that a statement reads before whatever waits in the mailbox has its turn: the stop,
  /// and questions that take less.
  std::size_t slice_records = 256;
  /// A statement of more records is cut: the newest ones are told. `horae-replay` tells all.
  std::size_t statement_records = 100'000;
};

/// Answers from the log's records, by the lookups that the world has entered. Statements are told
/// one after the other, in slices, so that little is held in memory; what becomes of a transaction
/// is told at once, also while a statement is on its way. Reads only what is committed. To be ended
/// before the world; it ends within a slice, and drops what it has not answered.
archive_actor spawn_archive(caf::actor_system& system, Threading threading,
                            std::shared_ptr<ActorMeter> meter, std::unique_ptr<LogReader> log,
                            std::shared_ptr<const Lookups> lookups, world_actor world,
                            ArchiveOptions options = {});

}  // namespace horae
