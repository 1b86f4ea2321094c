#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "actors/shell.hpp"
#include "core/merkle.hpp"
#include "events/record.hpp"
#include "storage/log.hpp"

namespace horae {

/// Where the journal goes on: the last record's seq, time and hash, and the tree over all records.
struct JournalPosition {
  std::uint64_t seq = 0;
  std::uint64_t time_ms = 0;
  Hash32 head;
  merkle::Frontier tree;

  /// Goes on over the next record. Returns the root of the tile of the tree that is full with it.
  std::optional<Hash32> pass(const RecordHeader& header, const Hash32& hash) {
    seq = header.seq;
    time_ms = header.time_ms;
    head = hash;
    return tree.add(hash);
  }
};

/// The journal over a writer that nobody else has. Stamps and hashes what it is sent while the
/// commit before is on its way to the disk (the committer, a thread beside it, waits for that), and
/// answers when the disk has it. Commits at most batch_facts facts (and batch_bytes bytes) at once;
/// a decision is never split. on_failure: see spawn_committer. Adds two meters, and ends its
/// committer with itself.
struct JournalOptions {
  std::size_t batch_facts = 4096;
  std::size_t batch_bytes = 32u << 20;
  std::function<void(const Fault&)> on_failure;
};

journal_actor spawn_journal(caf::actor_system& system, Threading threading, Meters& meters,
                            std::shared_ptr<Board> board, std::unique_ptr<LogWriter> writer,
                            std::shared_ptr<const Clock> clock, const JournalPosition& position,
                            JournalOptions options);

}  // namespace horae
