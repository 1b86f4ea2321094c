#pragma once

#include <filesystem>
#include <utility>

#include "core/result.hpp"
#include "core/trouble.hpp"

namespace horae {

/// Where things stand in a data directory. Everything but log/ (and keys) can be deleted and comes
/// back.
struct DataPaths {
  std::filesystem::path root;

  [[nodiscard]] std::filesystem::path log() const { return root / "log"; }
  /// The log's own key, and what it signed last of the log's tree.
  [[nodiscard]] std::filesystem::path log_key() const { return log() / "key.pem"; }
  [[nodiscard]] std::filesystem::path checkpoint() const { return log() / "checkpoint"; }
  [[nodiscard]] std::filesystem::path lookups() const { return root / "lookups"; }
  [[nodiscard]] std::filesystem::path snapshots() const { return root / "snapshots"; }
  [[nodiscard]] std::filesystem::path inspect_socket() const { return root / "inspect.sock"; }
  /// Holds the pid of the process that has the directory.
  [[nodiscard]] std::filesystem::path lock_file() const { return root / "lock"; }
};

/// A data directory that this process alone writes to, until it goes out of scope or the process
/// ends, however it ends.
class DataDirectory {
 public:
  /// Whether some process has the directory now, also one that cannot be seen from here (another
  /// PID namespace: a container, or the machine around it).
  static bool is_held(const DataPaths& paths);
  /// Creates the directory (mode 0700, parents as mkdir -p) where it is missing and takes its lock.
  /// Refuses, naming the holder, when another process has it; refuses what cannot be created or
  /// written.
  static tl::expected<DataDirectory, Failure> lock(const std::filesystem::path& root);

  DataDirectory(DataDirectory&& other) noexcept
      : paths_(std::move(other.paths_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  DataDirectory& operator=(DataDirectory&& other) noexcept {
    std::swap(paths_, other.paths_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;
  ~DataDirectory();

  [[nodiscard]] const DataPaths& paths() const { return paths_; }

 private:
  DataDirectory(DataPaths paths, int descriptor)
      : paths_(std::move(paths)), descriptor_(descriptor) {}
  DataPaths paths_;
  int descriptor_;
};

}  // namespace horae
