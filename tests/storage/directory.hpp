#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/result.hpp"

namespace horae::test {

/// A fresh directory that goes with the scope.
struct Directory {
  std::filesystem::path path = [] {
    std::string name = (std::filesystem::temp_directory_path() / "horae-storage-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) stop("cannot make a directory for a test");
    return std::filesystem::path(name);
  }();
  Directory() = default;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }
};

/// How much of an LMDB file is used: a log's writer keeps zeros behind that, which are no loss.
inline std::uintmax_t used_size(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  const auto last = bytes.find_last_not_of('\0');
  return last == std::string::npos ? 0 : (last / 4096 + 1) * 4096;
}

/// Writes over a part of a file.
inline void overwrite(const std::filesystem::path& file, std::streamoff offset,
                      const std::string& bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(offset);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace horae::test
