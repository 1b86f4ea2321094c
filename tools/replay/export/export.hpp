#pragma once

#include <filesystem>

#include "tools/replay/source.hpp"

// A log in the forms that other programs read.
namespace horae::replay {

/// Each shows how many records it wrote.
using Exported = Outcome<std::uint64_t>;

/// One JSON object a line: everything of the header, the payload's bytes as hex, the record's hash,
/// and the fact as it reads. Nothing is lost: import_log makes the same log of it.
Exported export_jsonl(const Source& source, const std::filesystem::path& file,
                      std::atomic<std::uint64_t>* at);
/// A directory with a file for each kind of fact (blocks.blockSealed.csv), a line a record, a
/// column for each value; lists and what only some facts of the kind have as JSON.
Exported export_csv(const Source& source, const std::filesystem::path& directory,
                    std::atomic<std::uint64_t>* at);
/// A database with tables of records, blocks, transactions, locks, rewards, claims and penalties.
/// Amounts are decimal strings of wei: SQLite's integers have 64 bits.
Exported export_sqlite(const Source& source, const std::filesystem::path& file,
                       std::atomic<std::uint64_t>* at);

struct Imported {
  std::uint64_t records = 0;
  std::uint64_t resumed = 0;  // of them from an earlier run
  Hash32 head;                // hash of the last record
  Hash32 root;                // of the Merkle tree over them
};
/// Writes the log of a JSON lines file into a data directory that is not there yet. Refuses
/// (corrupt) a line whose record does not have the hash that it says, or does not follow the one
/// before. resume: goes on with what an earlier run that ended early has left beside the directory,
/// and leaves it there in turn.
[[nodiscard]] Outcome<Imported> import_log(const std::filesystem::path& file,
                                           const std::filesystem::path& data_directory, bool resume,
                                           std::atomic<std::uint64_t>* at);

}  // namespace horae::replay
