#include "storage/usage.hpp"

#include <cstring>
#include <sstream>

#include "storage/lmdb.hpp"

namespace horae {
namespace {

// LMDB's own table of free pages: by transaction, a list of page numbers with its length before it.
constexpr MDB_dbi free_list = 0;

int count_free(MDB_txn* txn, std::uint64_t& pages) {
  MDB_cursor* cursor = nullptr;
  if (const int code = mdb_cursor_open(txn, free_list, &cursor); code != MDB_SUCCESS) return code;
  MDB_val key{};
  MDB_val list{};
  int code = MDB_SUCCESS;
  while ((code = mdb_cursor_get(cursor, &key, &list, MDB_NEXT)) == MDB_SUCCESS) {
    std::size_t count = 0;
    std::memcpy(&count, list.mv_data, sizeof count);
    pages += count;
  }
  mdb_cursor_close(cursor);
  return code == MDB_NOTFOUND ? MDB_SUCCESS : code;
}

// LMDB tells its table only as lines: pid in decimal, thread in hex, transaction or "-".
int take_line(const char* line, void* into) {
  LogReading reading;
  std::istringstream words(line);
  if (words >> reading.pid >> std::hex >> reading.thread >> std::dec >> reading.transaction) {
    static_cast<std::vector<LogReading>*>(into)->push_back(reading);
  }
  return 0;
}

}  // namespace

Result<Usage> usage(Environment& environment) {
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_env_info(environment.raw(), &info);
  mdb_env_stat(environment.raw(), &stat);
  std::shared_lock lock(environment.map_mutex());
  MDB_txn* txn = nullptr;
  std::uint64_t pages = 0;
  int code = mdb_txn_begin(environment.raw(), nullptr, MDB_RDONLY, &txn);
  if (code == MDB_SUCCESS) {
    code = count_free(txn, pages);
    mdb_txn_abort(txn);
  }
  if (code != MDB_SUCCESS) return fail("cannot read the log's free pages: " + lmdb::words(code));
  return Usage{pages * stat.ms_psize, info.me_numreaders, info.me_maxreaders};
}

Result<LogFile> log_file(Environment& environment) {
  const auto room = environment.room();
  if (!room) return tl::unexpected(room.error());
  std::shared_lock lock(environment.map_mutex());
  MDB_txn* txn = nullptr;
  MDB_stat stat{};
  int code = mdb_txn_begin(environment.raw(), nullptr, MDB_RDONLY, &txn);
  if (code == MDB_SUCCESS) {
    code = mdb_stat(txn, environment.table("log"), &stat);
    mdb_txn_abort(txn);
  }
  if (code != MDB_SUCCESS) return fail("cannot read the log's statistics: " + lmdb::words(code));
  return LogFile{room->used_bytes,     stat.ms_psize,      stat.ms_depth,
                 stat.ms_branch_pages, stat.ms_leaf_pages, stat.ms_overflow_pages};
}

Result<std::vector<LogReading>> log_readers(const Environment& environment) {
  std::vector<LogReading> out;
  if (const int code = mdb_reader_list(environment.raw(), take_line, &out); code < 0) {
    return fail(std::string("the log's readers: ") + mdb_strerror(code));
  }
  MDB_envinfo info;
  mdb_env_info(environment.raw(), &info);
  for (auto& reading : out) {
    if (info.me_last_txnid > reading.transaction) {
      reading.behind = info.me_last_txnid - reading.transaction;
    }
  }
  return out;
}

}  // namespace horae
