#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace horae {

/// The system's words for an errno.
[[nodiscard]] std::string errno_words(int code);

/// Makes a directory with mode 0700 and its parents as mkdir -p does; one that is there stays as it
/// is. What it made is on the disk when it returns.
[[nodiscard]] Result<void> make_private_directory(const std::filesystem::path& directory);

/// fsync of a file or directory.
[[nodiscard]] Result<void> sync_path(const std::filesystem::path& path);

/// A whole small file; a missing one is a fault, and so is a directory.
[[nodiscard]] Result<std::string> read_small_file(const std::filesystem::path& path);

/// The same of one with a secret: refuses what others than its owner may read.
[[nodiscard]] Result<std::string> read_private_file(const std::filesystem::path& path);

/// Replaces a small file (mode 0600) by write and rename, so that nobody sees half of it.
[[nodiscard]] Result<void> replace_small_file(const std::filesystem::path& path,
                                              const std::string& content);

/// The same so that after a crash there is the old content or the new one, whole: by write, sync,
/// rename and sync of the directory.
[[nodiscard]] Result<void> replace_file_durably(const std::filesystem::path& path,
                                                std::string_view content);

}  // namespace horae
