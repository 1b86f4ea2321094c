#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/bytes.hpp"
#include "storage/environment.hpp"
#include "storage/file_ahead.hpp"

namespace horae {

namespace lmdb {
class ReadSlot;
class WriteTxn;
}  // namespace lmdb

/// What is appended: the value is header ‖ payload, its length a multiple of 8.
struct LogEntry {
  BytesView header;
  BytesView payload;
};

/// What was read: a copy, 8-aligned.
struct LogValue {
  std::uint64_t seq = 0;
  Bytes value;
};

/// Of the table that keeps the root of each full tile of the log's Merkle tree (core/merkle.hpp):
/// key = index of the tile, 8 bytes big-endian, value = 32 bytes.
constexpr const char* tree_table = "tree";

/// Opens the log's environment in a directory: durable for the one writer, read_only for everybody
/// in another process. map_bytes: the most that it can become (address space, not disk).
[[nodiscard]] Result<std::shared_ptr<Environment>> open_log(const std::filesystem::path& directory,
                                                            Access access,
                                                            std::size_t map_bytes = std::size_t{1}
                                                                                    << 40);

/// The only writer of a log: table `log`, key = seq from 1, 8 bytes big-endian, and beside it the
/// table `tree`, which may be behind (a log from before there was one) and is filled up then by
/// add_tiles.
class LogWriter {
 public:
  explicit LogWriter(std::shared_ptr<Environment> environment);

  /// Appends the entries as first_seq, first_seq + 1, … in one commit that is on the disk when this
  /// returns, and in the same commit the roots of the tiles that are full with them, all of them or
  /// none. Refuses a first_seq other than the last one's successor, a length that is no multiple
  /// of 8, and tiles that do not follow those in the table. After a fault the log is as before, if
  /// broken() is false (refused, or no room in map or file system); if it is true nobody knows what
  /// is on the disk, every further append is refused and the process must stop. So it is where the
  /// log's file was found moved or removed after the commit.
  Result<void> append(std::uint64_t first_seq, std::span<const LogEntry> entries,
                      std::span<const Hash32> tiles = {});
  /// Adds the roots of full tiles from this index on, in a commit of their own.
  Result<void> add_tiles(std::uint64_t first, std::span<const Hash32> tiles);
  [[nodiscard]] bool broken() const { return broken_; }

  /// The last record, nothing for an empty log.
  [[nodiscard]] Result<std::optional<LogValue>> last();

 private:
  tl::unexpected<Fault> failed(std::string_view where, int code);
  Result<void> put_tiles(lmdb::WriteTxn& txn, std::uint64_t first, std::span<const Hash32> tiles);

  std::shared_ptr<Environment> environment_;
  FileAhead ahead_;
  unsigned table_;
  std::optional<unsigned> tree_;
  bool broken_ = false;
};

/// Reads a log, beside its writer in the same process (sharing its environment) or in another (on a
/// read-only one). Each call reads the newest commit in short transactions. One thread at a time;
/// as many readers as wanted.
class LogReader {
 public:
  explicit LogReader(std::shared_ptr<Environment> environment);
  LogReader(LogReader&&) noexcept;
  LogReader& operator=(LogReader&&) noexcept;
  ~LogReader();

  /// Records from from_seq on, at most so many and so many bytes together, at least one if there is
  /// one.
  [[nodiscard]] Result<std::vector<LogValue>> read(std::uint64_t from_seq, std::size_t max_records,
                                                   std::size_t max_bytes);
  [[nodiscard]] Result<std::optional<LogValue>> get(std::uint64_t seq);
  /// 0 for an empty log.
  [[nodiscard]] Result<std::uint64_t> last_seq();

  /// Is shown seq and value of a record; false ends the scan. The view is 8-aligned and ends with
  /// the call.
  using Visit = std::function<bool(std::uint64_t, BytesView)>;
  /// Shows the records from … to (both included) that are there, in order, without copying them.
  /// Lets go of its pages often, so that a slow visitor does not make the file grow. Returns how
  /// many it showed.
  Result<std::uint64_t> scan(std::uint64_t from, std::uint64_t to, const Visit& visit);

 private:
  std::unique_ptr<lmdb::ReadSlot> slot_;
};

}  // namespace horae
