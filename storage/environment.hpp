#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "storage/room.hpp"

struct MDB_env;

namespace horae {

/// What a commit promises and who may write.
enum class Access {
  durable,      ///< committed is on the disk, power loss included
  rebuildable,  ///< a killed process loses nothing, power loss may corrupt: never the only copy
  read_only,    ///< beside a writer in another process, or on a copy; creates nothing
};

struct EnvironmentOptions {
  std::filesystem::path directory;
  Access access = Access::durable;
  /// Named tables, made with a new file; an existing file without one of them is refused.
  std::vector<std::string> tables;
  /// Tables that a file of an earlier version may lack: a writer makes them, a reader does without.
  std::vector<std::string> later_tables = {};
  /// Address space, not disk: the file stays sparse. Halved until the system grants it.
  std::size_t map_bytes = std::size_t{1} << 40;
};

/// One LMDB environment: data.mdb and lock.mdb in a directory. One a file and process (a second
/// open is refused, since closing any descriptor of it would drop the locks of the first), one
/// writing process a directory (the data directory's lock sees to that), one PID namespace for all
/// who have it open.
class Environment {
 public:
  /// Looks at an existing file before LMDB maps it; a truncated, zeroed or foreign one is a fault.
  /// A new one is put in its place by a rename when it is whole, synced as access says, so that a
  /// killed creation leaves nothing behind that passes for an empty log.
  static Result<std::shared_ptr<Environment>> open(const EnvironmentOptions& options);

  /// Whether this process has the environment of this directory open.
  static bool is_open(const std::filesystem::path& directory);

  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment();

  /// Frees the slots of readers that died; to be called every 30 s. Returns how many it freed.
  Result<int> check_readers();

  /// How much may still be written.
  [[nodiscard]] Result<Room> room() const;
  /// Refuses where the file that is open no longer stands under its name: its directory was moved
  /// or removed, and what is written goes where nobody will look for it.
  [[nodiscard]] Result<void> in_place() const;
  /// Where it is and how much room it has, for whoever tells of a failed write.
  [[nodiscard]] std::string whereabouts() const;

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] Access access() const { return access_; }

  // For the rest of storage/ alone.
  [[nodiscard]] MDB_env* raw() const { return env_; }
  [[nodiscard]] unsigned table(const std::string& name) const { return tables_.at(name); }
  [[nodiscard]] bool has_table(const std::string& name) const { return tables_.contains(name); }
  /// Held shared by every tx: the map must not move under one.
  [[nodiscard]] std::shared_mutex& map_mutex() { return map_mutex_; }
  /// Takes over the map size that a writer in another process has set (MDB_MAP_RESIZED).
  Result<void> follow_map();

 private:
  Environment(std::filesystem::path directory, Access access)
      : directory_(std::move(directory)), access_(access) {}
  Result<void> open_env(const EnvironmentOptions& options);
  Result<void> open_tables(const EnvironmentOptions& options);
  Result<void> make_tables(const std::vector<std::string>& names);

  std::filesystem::path directory_;
  Access access_;
  MDB_env* env_ = nullptr;
  std::map<std::string, unsigned> tables_;
  std::shared_mutex map_mutex_;
  bool registered_ = false;
  std::pair<std::uint64_t, std::uint64_t> identity_;  // device, inode
};

/// Of the LMDB that this process runs with, not of the one that it was built with.
[[nodiscard]] std::string lmdb_version();

/// Copies an environment as its newest commit has it, beside a running writer, into `directory`,
/// which must exist and hold no data.mdb; synced when this returns. The writer goes on meanwhile,
/// and its file grows as if a reader lasted as long as the copying.
[[nodiscard]] Result<void> copy_environment(Environment& environment,
                                            const std::filesystem::path& directory);

}  // namespace horae
