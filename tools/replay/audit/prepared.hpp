#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "events/blocks/blocks.hpp"
#include "events/record.hpp"
#include "storage/log.hpp"
#include "tools/replay/refusal.hpp"

namespace horae::replay {

/// A record with all that can be said of it without the others. The views live as long as the
/// slice's bytes.
struct Prepared {
  std::uint64_t seq = 0;  // the key that it lies under
  BytesView value;
  std::optional<RecordView> record;  // none: the value is no record
  bool is_fact = false;              // whether the payload is a canonical fact of its domain
  Hash32 hash;
  std::shared_ptr<const BlockWord> word;  // of a sealed block, where it could be told
};

/// Some records in a row, copied out of the log at once.
struct Slice {
  std::shared_ptr<const void> bytes;
  std::size_t size = 0;           // of bytes
  std::vector<Prepared> records;  // with seq and value alone, until prepare
  std::optional<Hash32> tile;     // root over the records' hashes, where they are a whole tile
  std::optional<Failure> broken;  // what the log could not be read for behind them
};

/// Reads records from … to in order, slice by slice; a slice ends where a tile of the log's tree
/// does, if its records are not too large for that. Shows what is there: missing and misnumbered
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
  std::size_t expected_words_ = 0;  // of the next slice
};

/// How much is looked at ahead of the fold.
enum class Depth {
  schema,  // whether each record is one and its payload a fact of its domain
  hashes,  // the record's hash and the tile's root, too
  all,     // and the block's word
};

/// Decodes each record of the slice, checks it against its schema, and computes what its bytes
/// alone say: its hash and, of a sealed block, hashes and signature.
void prepare(Slice& slice, Depth depth);

/// Goes through prepared records, with jobs - 1 threads that prepare ahead (with 1: none). Whoever
/// walks prepares, too, where it would have to wait.
class PreparedWalk {
 public:
  struct Range {
    std::uint64_t from = 1, to = 0;
    std::uint64_t deep_from =
        1;                     // slices that end before this record are prepared for Depth::schema
    Depth depth = Depth::all;  // of the others
  };
  PreparedWalk(LogReader reader, const Range& range, unsigned jobs);
  ~PreparedWalk();
  PreparedWalk(const PreparedWalk&) = delete;
  PreparedWalk& operator=(const PreparedWalk&) = delete;

  /// The record so many places behind the current one (0: itself), null where the walk ends before.
  /// It stays where it is until it is popped.
  Outcome<const Prepared*> peek(std::size_t ahead = 0) {
    if (!window_.empty() && at_ + ahead < window_.front().records.size()) {
      return &window_.front().records[at_ + ahead];
    }
    return find(ahead);
  }
  /// Goes on to the next record.
  void pop();

  /// The slice that the current record stands in; only where there is one.
  [[nodiscard]] const Slice& slice() const { return window_.front(); }
  /// The bytes of the record so many places behind, for whoever keeps a view of it.
  [[nodiscard]] const std::shared_ptr<const void>& bytes(std::size_t ahead) const;

 private:
  Outcome<const Prepared*> find(std::size_t ahead);
  void work();
  bool fetch();
  bool prepare_next();
  [[nodiscard]] Depth depth_of(const Slice& slice) const;

  std::uint64_t deep_from_;
  Depth depth_;
  std::mutex reading_;  // held while a slice is read and numbered
  Slices slices_;
  std::uint64_t read_ = 0;  // slices so far
  bool all_read_ = false;

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
