#include "storage/log.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "core/merkle.hpp"
#include "core/message.hpp"
#include "storage/lmdb.hpp"
#include "storage/seq_key.hpp"

namespace horae {
namespace {

constexpr const char* table_name = "log";

// A scan's tx ends after so much.
constexpr std::size_t slice_records = 1024;
constexpr std::size_t slice_bytes = std::size_t{256} * 1024;

Bytes copy_of(const MDB_val& value) {
  const auto bytes = lmdb::view(value);
  return {bytes.begin(), bytes.end()};
}

// What leaves the file and its map as they were.
bool no_room(int code) { return code == MDB_MAP_FULL || code == ENOSPC; }

Result<std::optional<LogValue>> read_last(MDB_cursor* cursor) {
  MDB_val key{};
  MDB_val value{};
  const int code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
  if (code == MDB_NOTFOUND) return std::nullopt;
  if (code != MDB_SUCCESS) return fail("cannot read the log's last record: " + lmdb::words(code));
  auto seq = lmdb::seq_of(key);
  if (!seq) return tl::unexpected(seq.error());
  return LogValue{*seq, copy_of(value)};
}

}  // namespace

Result<std::shared_ptr<Environment>> open_log(const std::filesystem::path& directory, Access access,
                                              std::size_t map_bytes) {
  return Environment::open({.directory = directory,
                            .access = access,
                            .tables = {table_name},
                            .later_tables = {tree_table},
                            .map_bytes = map_bytes});
}

LogWriter::LogWriter(std::shared_ptr<Environment> environment)
    : environment_(std::move(environment)),
      ahead_(*environment_),
      table_(environment_->table(table_name)) {
  if (environment_->has_table(tree_table)) tree_ = environment_->table(tree_table);
}

tl::unexpected<Fault> LogWriter::failed(std::string_view where, int code) {
  broken_ = !no_room(code);
  return fail(std::string(where) + ": " + lmdb::words(code) + " (" + environment_->whereabouts() +
              ")");
}

Result<void> LogWriter::append(std::uint64_t first_seq, std::span<const LogEntry> entries,
                               std::span<const Hash32> tiles) {
  if (broken_) return fail("an earlier append failed: the log takes no more until a restart");
  if (entries.empty()) return {};
  for (const auto& entry : entries) {
    const auto length = entry.header.size() + entry.payload.size();
    if (length == 0 || length % 8 != 0) {
      return fail("a record of " + std::to_string(length) + " bytes: wanted a multiple of 8");
    }
    // What cannot be read back must not be written: every start would end at it.
    if (entry.payload.size() > Message::max_bytes) {
      return fail("a record with " + std::to_string(entry.payload.size()) +
                  " bytes of payload: at most " + std::to_string(Message::max_bytes));
    }
  }
  const auto full = (first_seq + entries.size() - 1) / merkle::tile_leaves;
  if (!tiles.empty() && tiles.size() != full - (first_seq - 1) / merkle::tile_leaves) {
    return fail("some of the tiles that are full with an append are not among its own");
  }
  lmdb::WriteTxn txn(*environment_);
  if (txn.code() != MDB_SUCCESS) return failed("cannot begin an append", txn.code());

  MDB_cursor* cursor = nullptr;
  if (const int code = mdb_cursor_open(txn.raw(), table_, &cursor); code != MDB_SUCCESS) {
    return failed("cannot begin an append", code);
  }
  std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> closer(cursor, mdb_cursor_close);

  MDB_val key{};
  MDB_val value{};
  std::uint64_t last = 0;
  if (const int code = mdb_cursor_get(cursor, &key, &value, MDB_LAST); code == MDB_SUCCESS) {
    auto seq = lmdb::seq_of(key);
    if (!seq) return tl::unexpected(seq.error());
    last = *seq;
  } else if (code != MDB_NOTFOUND) {
    return failed("cannot read the log's last record", code);
  }
  if (first_seq != last + 1) {
    return fail("an append of record " + std::to_string(first_seq) + " to a log whose last is " +
                std::to_string(last));
  }

  auto seq = first_seq;
  for (const auto& entry : entries) {
    auto bytes = lmdb::key_of(seq++);
    key = lmdb::val(bytes);
    value = {entry.header.size() + entry.payload.size(), nullptr};
    if (const int code = mdb_cursor_put(cursor, &key, &value, MDB_APPEND | MDB_RESERVE);
        code != MDB_SUCCESS) {
      return failed("cannot append record " + std::to_string(seq - 1), code);
    }
    auto* out = static_cast<std::uint8_t*>(value.mv_data);
    out = std::copy(entry.header.begin(), entry.header.end(), out);
    std::copy(entry.payload.begin(), entry.payload.end(), out);
  }
  closer.reset();
  if (!tiles.empty() && tree_) {
    if (auto put = put_tiles(txn, full - tiles.size(), tiles); !put) return put;
  }
  if (const int code = txn.commit(); code != MDB_SUCCESS) {
    return failed("cannot commit the records from " + std::to_string(first_seq), code);
  }
  // What went to a file that nobody will find again must not be acknowledged.
  if (auto there = environment_->in_place(); !there) {
    broken_ = true;
    return within("the records from " + std::to_string(first_seq), there.error());
  }
  ahead_.keep();
  return {};
}

Result<void> LogWriter::add_tiles(std::uint64_t first, std::span<const Hash32> tiles) {
  if (broken_) return fail("an earlier append failed: the log takes no more until a restart");
  if (!tree_) return fail("a log without the table of tiles");
  lmdb::WriteTxn txn(*environment_);
  if (txn.code() != MDB_SUCCESS) return failed("cannot begin an append", txn.code());
  if (auto put = put_tiles(txn, first, tiles); !put) return put;
  if (const int code = txn.commit(); code != MDB_SUCCESS) {
    return failed("cannot commit the tiles from " + std::to_string(first), code);
  }
  return {};
}

Result<void> LogWriter::put_tiles(lmdb::WriteTxn& txn, std::uint64_t first,
                                  std::span<const Hash32> tiles) {
  MDB_cursor* cursor = nullptr;
  if (const int code = mdb_cursor_open(txn.raw(), *tree_, &cursor); code != MDB_SUCCESS) {
    return failed("cannot begin to append tiles", code);
  }
  const std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> closer(cursor, mdb_cursor_close);
  MDB_val key{};
  MDB_val value{};
  std::uint64_t next = 0;
  if (const int code = mdb_cursor_get(cursor, &key, &value, MDB_LAST); code == MDB_SUCCESS) {
    auto last = lmdb::seq_of(key);
    if (!last) return tl::unexpected(last.error());
    next = *last + 1;
  } else if (code != MDB_NOTFOUND) {
    return failed("cannot read the log's last tile", code);
  }
  if (first != next) {
    return fail("an append of tile " + std::to_string(first) + " where tile " +
                std::to_string(next) + " is the next");
  }
  for (const auto& root : tiles) {
    const auto bytes = lmdb::key_of(next++);
    key = lmdb::val(bytes);
    value = lmdb::val(root.view());
    if (const int code = mdb_cursor_put(cursor, &key, &value, MDB_APPEND); code != MDB_SUCCESS) {
      return failed("cannot append tile " + std::to_string(next - 1), code);
    }
  }
  return {};
}

Result<std::optional<LogValue>> LogWriter::last() {
  lmdb::ReadSlot slot(environment_, table_);
  const lmdb::ReadScope scope(slot);
  if (!scope.begun()) return tl::unexpected(scope.begun().error());
  return read_last(slot.cursor());
}

LogReader::LogReader(std::shared_ptr<Environment> environment) {
  const auto table = environment->table(table_name);
  slot_ = std::make_unique<lmdb::ReadSlot>(std::move(environment), table);
}
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;
LogReader::~LogReader() = default;

Result<std::vector<LogValue>> LogReader::read(std::uint64_t from_seq, std::size_t max_records,
                                              std::size_t max_bytes) {
  std::vector<LogValue> out;
  if (max_records == 0) return out;
  const lmdb::ReadScope scope(*slot_);
  if (!scope.begun()) return tl::unexpected(scope.begun().error());
  const auto start = lmdb::key_of(from_seq);
  auto key = lmdb::val(start);
  MDB_val value{};
  std::size_t bytes = 0;
  int code = mdb_cursor_get(slot_->cursor(), &key, &value, MDB_SET_RANGE);
  for (; code == MDB_SUCCESS; code = mdb_cursor_get(slot_->cursor(), &key, &value, MDB_NEXT)) {
    bytes += value.mv_size;
    if (!out.empty() && bytes > max_bytes) return out;
    auto seq = lmdb::seq_of(key);
    if (!seq) return tl::unexpected(seq.error());
    out.push_back({*seq, copy_of(value)});
    if (out.size() == max_records) return out;
  }
  if (code != MDB_NOTFOUND) return fail("cannot read the log: " + lmdb::words(code));
  return out;
}

Result<std::optional<LogValue>> LogReader::get(std::uint64_t seq) {
  const lmdb::ReadScope scope(*slot_);
  if (!scope.begun()) return tl::unexpected(scope.begun().error());
  const auto start = lmdb::key_of(seq);
  auto key = lmdb::val(start);
  MDB_val value{};
  const int code = mdb_cursor_get(slot_->cursor(), &key, &value, MDB_SET);
  if (code == MDB_NOTFOUND) return std::nullopt;
  if (code != MDB_SUCCESS) {
    return fail("cannot read record " + std::to_string(seq) + ": " + lmdb::words(code));
  }
  return LogValue{seq, copy_of(value)};
}

Result<std::uint64_t> LogReader::last_seq() {
  const lmdb::ReadScope scope(*slot_);
  if (!scope.begun()) return tl::unexpected(scope.begun().error());
  MDB_val key{};
  MDB_val value{};
  const int code = mdb_cursor_get(slot_->cursor(), &key, &value, MDB_LAST);
  if (code == MDB_NOTFOUND) return 0;
  if (code != MDB_SUCCESS) return fail("cannot read the log's last record: " + lmdb::words(code));
  return lmdb::seq_of(key);
}

Result<std::uint64_t> LogReader::scan(std::uint64_t from, std::uint64_t to, const Visit& visit) {
  std::uint64_t shown = 0;
  std::vector<std::uint64_t> aligned;
  for (auto next = from; next <= to;) {
    const lmdb::ReadScope scope(*slot_);
    if (!scope.begun()) return tl::unexpected(scope.begun().error());
    const auto start = lmdb::key_of(next);
    auto key = lmdb::val(start);
    MDB_val value{};
    std::size_t records = 0;
    std::size_t bytes = 0;
    int code = mdb_cursor_get(slot_->cursor(), &key, &value, MDB_SET_RANGE);
    for (; code == MDB_SUCCESS && records < slice_records && bytes < slice_bytes;
         code = mdb_cursor_get(slot_->cursor(), &key, &value, MDB_NEXT)) {
      auto seq = lmdb::seq_of(key);
      if (!seq) return tl::unexpected(seq.error());
      // A table in disorder would otherwise be read for ever.
      if (*seq < next) return fail("the log's keys are in disorder at " + std::to_string(next));
      if (*seq > to) return shown;
      auto seen = lmdb::view(value);
      // Every value of a log that we wrote is 8-aligned in the map; one that is not is still shown.
      if (reinterpret_cast<std::uintptr_t>(seen.data()) % 8 != 0) {
        aligned.resize(seen.size() / 8 + 1);
        std::memcpy(aligned.data(), seen.data(), seen.size());
        seen = {reinterpret_cast<const std::uint8_t*>(aligned.data()), seen.size()};
      }
      ++shown;
      if (!visit(*seq, seen) || *seq == UINT64_MAX) return shown;
      next = *seq + 1;
      ++records;
      bytes += seen.size();
    }
    if (code == MDB_NOTFOUND) return shown;
    if (code != MDB_SUCCESS) {
      return fail("cannot read the log from record " + std::to_string(next) + ": " +
                  lmdb::words(code));
    }
  }
  return shown;
}

}  // namespace horae
