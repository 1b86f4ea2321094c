#include "storage/log.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "storage/lmdb.hpp"

namespace horae {
namespace {

constexpr const char* table_name = "log";

// A scan's tx ends after so much.
constexpr std::size_t slice_records = 1024;
constexpr std::size_t slice_bytes = 256 * 1024;

using Key = std::array<std::uint8_t, 8>;

Key key_of(std::uint64_t seq) {
  Key out;
  for (std::size_t i = 8; i-- > 0; seq >>= 8) out[i] = static_cast<std::uint8_t>(seq);
  return out;
}

Result<std::uint64_t> seq_of(const MDB_val& key) {
  if (key.mv_size != 8) {
    return fail("a key of the log has " + std::to_string(key.mv_size) + " bytes, wanted 8");
  }
  std::uint64_t out = 0;
  for (const auto byte : lmdb::view(key)) out = out << 8 | byte;
  return out;
}

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
  auto seq = seq_of(key);
  if (!seq) return tl::unexpected(seq.error());
  return LogValue{*seq, copy_of(value)};
}

}  // namespace

Result<std::shared_ptr<Environment>> open_log(const std::filesystem::path& directory,
                                              Access access) {
  return Environment::open(
      {.directory = directory, .access = access, .tables = {table_name}, .map_bytes = 1ull << 40});
}

LogWriter::LogWriter(std::shared_ptr<Environment> environment)
    : environment_(std::move(environment)), table_(environment_->table(table_name)) {}

Result<void> LogWriter::append(std::uint64_t first_seq, std::span<const LogEntry> entries) {
  if (broken_) return fail("an earlier append failed: the log takes no more until a restart");
  if (entries.empty()) return {};
  for (const auto& entry : entries) {
    const auto length = entry.header.size() + entry.payload.size();
    if (length == 0 || length % 8 != 0) {
      return fail("a record of " + std::to_string(length) + " bytes: wanted a multiple of 8");
    }
  }
  lmdb::WriteTxn txn(*environment_);
  const auto failed = [&](std::string_view where, int code) {
    broken_ = !no_room(code);
    return fail(std::string(where) + ": " + lmdb::words(code));
  };
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
    auto seq = seq_of(key);
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
    auto bytes = key_of(seq++);
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
  if (const int code = txn.commit(); code != MDB_SUCCESS) {
    return failed("cannot commit the records from " + std::to_string(first_seq), code);
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
  const auto start = key_of(from_seq);
  auto key = lmdb::val(start);
  MDB_val value{};
  std::size_t bytes = 0;
  int code = mdb_cursor_get(slot_->cursor(), &key, &value, MDB_SET_RANGE);
  for (; code == MDB_SUCCESS; code = mdb_cursor_get(slot_->cursor(), &key, &value, MDB_NEXT)) {
    bytes += value.mv_size;
    if (!out.empty() && bytes > max_bytes) return out;
    auto seq = seq_of(key);
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
  const auto start = key_of(seq);
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
  return seq_of(key);
}

Result<std::uint64_t> LogReader::scan(std::uint64_t from, std::uint64_t to, const Visit& visit) {
  std::uint64_t shown = 0;
  std::vector<std::uint64_t> aligned;
  for (auto next = from; next <= to;) {
    const lmdb::ReadScope scope(*slot_);
    if (!scope.begun()) return tl::unexpected(scope.begun().error());
    const auto start = key_of(next);
    auto key = lmdb::val(start);
    MDB_val value{};
    std::size_t records = 0;
    std::size_t bytes = 0;
    int code = mdb_cursor_get(slot_->cursor(), &key, &value, MDB_SET_RANGE);
    for (; code == MDB_SUCCESS && records < slice_records && bytes < slice_bytes;
         code = mdb_cursor_get(slot_->cursor(), &key, &value, MDB_NEXT)) {
      auto seq = seq_of(key);
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
