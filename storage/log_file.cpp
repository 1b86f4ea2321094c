#include "storage/log_file.hpp"

#include "storage/files.hpp"
#include "storage/lmdb.hpp"

namespace horae {

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

Result<void> copy_environment(Environment& environment, const std::filesystem::path& directory) {
  const auto file = directory / "data.mdb";
  std::error_code error;
  if (std::filesystem::exists(file, error)) return fail(file.string() + " is there already");
  {
    std::shared_lock lock(environment.map_mutex());
    // It opens its own descriptors of the copy alone: the locks on the source stay.
    if (const int code = mdb_env_copy(environment.raw(), directory.c_str()); code != MDB_SUCCESS) {
      return fail("cannot copy the log to " + directory.string() + ": " + lmdb::words(code));
    }
  }
  if (auto synced = sync_path(file); !synced) return synced;
  return sync_path(directory);
}

}  // namespace horae
