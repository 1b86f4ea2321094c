#pragma once

// Private to storage/: the only header that sees LMDB.

#include <lmdb.h>

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

#include "core/bytes.hpp"
#include "storage/environment.hpp"

namespace horae::lmdb {

[[nodiscard]] inline MDB_val val(BytesView bytes) {
  return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())};
}
[[nodiscard]] inline BytesView view(const MDB_val& value) {
  return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size};
}
[[nodiscard]] inline std::string words(int code) { return mdb_strerror(code); }

/// A write tx that is aborted unless it was committed. Begins and ends on one thread.
class WriteTxn {
 public:
  explicit WriteTxn(Environment& environment)
      : lock_(environment.map_mutex()),
        code_(mdb_txn_begin(environment.raw(), nullptr, 0, &txn_)) {}
  WriteTxn(const WriteTxn&) = delete;
  WriteTxn& operator=(const WriteTxn&) = delete;
  ~WriteTxn() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
  }
  /// LMDB's answer to the beginning.
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] MDB_txn* raw() const { return txn_; }
  int commit() { return mdb_txn_commit(std::exchange(txn_, nullptr)); }

 private:
  std::shared_lock<std::shared_mutex> lock_;
  MDB_txn* txn_ = nullptr;
  int code_;
};

/// A read tx with a cursor over one table, kept between uses (reset and renewed) so that a use
/// costs no allocation. One thread at a time.
class ReadSlot {
 public:
  ReadSlot(std::shared_ptr<Environment> environment, MDB_dbi table)
      : environment_(std::move(environment)), table_(table) {}
  ReadSlot(const ReadSlot&) = delete;
  ReadSlot& operator=(const ReadSlot&) = delete;
  ~ReadSlot() { drop(); }

  /// Begins on the newest commit. Nothing may be pinned when it is called.
  Result<void> begin();
  /// Lets go of the pages.
  void end();
  [[nodiscard]] MDB_txn* txn() const { return txn_; }
  [[nodiscard]] MDB_cursor* cursor() const { return cursor_; }

 private:
  void drop();
  std::shared_ptr<Environment> environment_;
  MDB_dbi table_;
  MDB_txn* txn_ = nullptr;
  MDB_cursor* cursor_ = nullptr;
  std::shared_lock<std::shared_mutex> lock_;
};

/// Ends the slot's tx with the scope.
class ReadScope {
 public:
  explicit ReadScope(ReadSlot& slot) : slot_(slot), begun_(slot.begin()) {}
  ReadScope(const ReadScope&) = delete;
  ReadScope& operator=(const ReadScope&) = delete;
  ~ReadScope() { slot_.end(); }
  [[nodiscard]] const Result<void>& begun() const { return begun_; }

 private:
  ReadSlot& slot_;
  Result<void> begun_;
};

}  // namespace horae::lmdb
