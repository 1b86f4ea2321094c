#pragma once

#include <cstdio>
#include <filesystem>
#include <string_view>

#include "tools/replay/refusal.hpp"

// What is written stands under NAME.partial until it is whole and on the disk. Whoever stops the
// work, or a refusal, takes the part away; a kill leaves it under a name that nobody takes for it.
namespace horae::replay {

/// A file, made with mode 0600. One of this name that is there is replaced by the whole new one.
class PartialFile {
 public:
  static Outcome<PartialFile> make(const std::filesystem::path& file);
  PartialFile(PartialFile&& other) noexcept;
  PartialFile& operator=(PartialFile&&) = delete;
  ~PartialFile();

  /// Where it is being written, for who opens it himself.
  [[nodiscard]] const std::filesystem::path& path() const { return partial_; }
  Outcome<void> write(std::string_view text);
  Outcome<void> finish();

 private:
  PartialFile(std::filesystem::path file, std::filesystem::path partial, std::FILE* out)
      : file_(std::move(file)), partial_(std::move(partial)), out_(out) {}
  std::filesystem::path file_, partial_;
  std::FILE* out_;
};

/// A directory, made with mode 0700. Refuses (precondition) one that is there, its .partial too:
/// nothing is written over.
class PartialDirectory {
 public:
  /// resumable: takes the .partial that is there for its own, and leaves it there when the work
  /// ends before it is finished.
  static Outcome<PartialDirectory> make(const std::filesystem::path& directory,
                                        bool resumable = false);
  PartialDirectory(PartialDirectory&& other) noexcept;
  PartialDirectory& operator=(PartialDirectory&&) = delete;
  ~PartialDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return partial_; }
  /// Puts it in its place. What is in it must be synced.
  Outcome<void> finish();

 private:
  PartialDirectory(std::filesystem::path directory, std::filesystem::path partial, bool taken_away)
      : directory_(std::move(directory)), partial_(std::move(partial)), taken_away_(taken_away) {}
  std::filesystem::path directory_, partial_;
  bool taken_away_;  // when this ends
};

}  // namespace horae::replay
