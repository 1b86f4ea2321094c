#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "events/world.hpp"
#include "storage/log.hpp"
#include "tools/replay/refusal.hpp"

namespace horae::replay {

/// A record with all that can be said of it without the others. The views live as long as payload.
struct Prepared {
  std::uint64_t seq = 0;  // the key that it lies under
  BytesView value;
  std::optional<RecordView> record;  // none: the value is no record
  bool is_fact = false;              // whether the payload is a canonical fact of its domain
  Message payload;
  Hash32 hash;
};

/// Some records in a row, copied out of the log at once.
struct Slice {
  std::shared_ptr<const void> bytes;
  std::vector<Prepared> records;  // with seq and value alone, until prepare
  std::optional<Refusal> broken;  // what the log could not be read for behind them
};

/// Reads records from … to in order, slice by slice. Shows what is there: missing and misnumbered
/// records are the caller's to find.
class Slices {
 public:
  Slices(LogReader reader, std::uint64_t from, std::uint64_t to)
      : reader_(std::move(reader)), next_(from), to_(to) {}
  /// Empty and unbroken at the end.
  Slice next();

 private:
  LogReader reader_;
  std::uint64_t next_;
  std::uint64_t to_;
  bool ended_ = false;
};

/// Decodes, hashes and checks each record of the slice against its schema.
void prepare(Slice& slice);

/// Goes through prepared records, with jobs - 1 threads that prepare ahead (with 1: none).
class PreparedWalk {
 public:
  PreparedWalk(LogReader reader, std::uint64_t from, std::uint64_t to, unsigned jobs);
  ~PreparedWalk();
  PreparedWalk(const PreparedWalk&) = delete;
  PreparedWalk& operator=(const PreparedWalk&) = delete;

  /// The record so many places behind the current one (0: itself), null where the walk ends before.
  /// It stays where it is until it is popped.
  Outcome<const Prepared*> peek(std::size_t ahead = 0);
  /// Goes on to the next record.
  void pop();

 private:
  void work();
  bool fetch();

  std::mutex reading_;  // held while a slice is read and numbered
  Slices slices_;
  std::uint64_t read_ = 0;  // slices so far

  std::mutex mutex_;  // for what follows
  std::condition_variable changed_;
  std::vector<std::optional<Slice>> ready_;  // slice n in place n modulo its size
  std::uint64_t taken_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;

  std::deque<Slice> window_;
  std::size_t at_ = 0;  // in the first slice
  bool ended_ = false;
};

}  // namespace horae::replay
