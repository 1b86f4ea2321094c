#include "storage/lmdb.hpp"

namespace horae::lmdb {

Result<void> ReadSlot::begin() {
  int code = 0;
  // Once for a grown map, once for slots left by dead readers, once more for both.
  for (int attempt = 0; attempt < 3; ++attempt) {
    lock_ = std::shared_lock(environment_->map_mutex());
    code = txn_ != nullptr ? mdb_txn_renew(txn_)
                           : mdb_txn_begin(environment_->raw(), nullptr, MDB_RDONLY, &txn_);
    if (code == MDB_SUCCESS) {
      code = cursor_ != nullptr ? mdb_cursor_renew(txn_, cursor_)
                                : mdb_cursor_open(txn_, table_, &cursor_);
      if (code == MDB_SUCCESS) return {};
      drop();
      break;
    }
    drop();
    if (code == MDB_MAP_RESIZED) {
      if (auto followed = environment_->follow_map(); !followed) return followed;
    } else if (code == MDB_READERS_FULL) {
      if (auto freed = environment_->check_readers(); !freed) return tl::unexpected(freed.error());
    } else {
      break;
    }
  }
  return fail("cannot begin reading " + environment_->directory().string() + ": " + words(code));
}

void ReadSlot::end() {
  if (txn_ != nullptr && lock_.owns_lock()) mdb_txn_reset(txn_);
  lock_ = {};
}

void ReadSlot::drop() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  if (txn_ != nullptr) mdb_txn_abort(txn_);
  cursor_ = nullptr;
  txn_ = nullptr;
  lock_ = {};
}

}  // namespace horae::lmdb
