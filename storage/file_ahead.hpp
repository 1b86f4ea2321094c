#pragma once

#include <cstdint>

#include "storage/environment.hpp"

namespace horae {

/// Keeps zeros behind the used part of a log's file: a commit that overwrites them need not make
/// the file longer, which is work for the file system's own journal. LMDB never looks beyond its
/// last page, and a crash that loses the zeros loses nothing.
class FileAhead {
 public:
  /// So much is filled at once.
  static constexpr std::uint64_t step_bytes = 1u << 20;

  /// The environment must outlive it and be open for writing.
  explicit FileAhead(Environment& environment) : environment_(environment) {}

  /// Between commits: fills the next step where less than half of one is left. The zeros go to the
  /// disk with the next commit's sync. Where there is no room it does nothing, and the commit that
  /// needs the room says so.
  void keep();

 private:
  Environment& environment_;
  std::uint64_t filled_ = 0;  // the file's length as far as it is known
};

}  // namespace horae
