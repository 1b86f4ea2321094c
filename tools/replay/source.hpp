#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <utility>

#include "storage/log.hpp"
#include "storage/log_tree.hpp"
#include "storage/usage.hpp"
#include "tools/replay/refusal.hpp"

namespace horae::replay {

/// The log of a data directory, opened read-only: beside a running node or on a copy that may
/// consist of log/ alone. What the log holds is fixed when it is opened: a node that goes on
/// writing does not make an answer longer.
class Source {
 public:
  /// Refuses a directory without a log (configuration), one that this user may not read
  /// (not_permitted), a file that is no whole log (log_corrupt).
  static Outcome<Source> open(const std::filesystem::path& data_directory);

  /// Seq of the last record when this was opened; 0 for an empty log.
  [[nodiscard]] std::uint64_t last() const { return last_; }
  [[nodiscard]] LogReader reader() const { return LogReader(environment_); }
  [[nodiscard]] LogTree tree() const;
  /// Where the log's signed checkpoint lies, if it has one.
  [[nodiscard]] std::filesystem::path checkpoint() const;
  /// Whether the file that was opened still stands where it did: a node may have begun anew.
  [[nodiscard]] bool in_place() const;
  /// How it lies in its file now.
  [[nodiscard]] Outcome<LogFile> file() const;
  /// Copies the log as it is now into a directory that is there and empty; synced when it returns.
  [[nodiscard]] Outcome<void> copy_to(const std::filesystem::path& directory) const;

 private:
  using FileId = std::pair<std::uint64_t, std::uint64_t>;  // device and inode

  Source(std::shared_ptr<Environment> environment, std::uint64_t last, FileId file)
      : environment_(std::move(environment)), last_(last), file_(file) {}
  std::shared_ptr<Environment> environment_;
  std::uint64_t last_;
  FileId file_;
};

/// Goes through records from … to in order, in short transactions, and can look a little ahead.
/// Shows what is there: missing and misnumbered records are the caller's to find.
class Walk {
 public:
  Walk(LogReader reader, std::uint64_t from, std::uint64_t to)
      : reader_(std::move(reader)), next_(from), to_(to) {}

  /// The record so many places behind the current one (0: itself), null where the walk ends before.
  Outcome<const LogValue*> peek(std::size_t ahead = 0);
  /// Goes on to the next record.
  void pop() { window_.pop_front(); }

 private:
  LogReader reader_;
  std::uint64_t next_;
  std::uint64_t to_;
  bool ended_ = false;
  std::deque<LogValue> window_;
};

}  // namespace horae::replay
