#pragma once

#include <filesystem>

#include "core/bytes.hpp"

namespace horae::bench {

/// A directory of one run, in parent (made if need be); goes with the object.
class RunDirectory {
 public:
  explicit RunDirectory(const std::filesystem::path& parent);
  ~RunDirectory();
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Whether syncing a file there costs nothing, since no disk is behind it.
[[nodiscard]] bool in_memory(const std::filesystem::path& directory);

/// What no log on this disk can beat: bytes at the end of a growing file, then fdatasync.
class RawFile {
 public:
  explicit RawFile(const std::filesystem::path& path);
  ~RawFile();
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  void append(BytesView bytes);

 private:
  int file_;
};

}  // namespace horae::bench
