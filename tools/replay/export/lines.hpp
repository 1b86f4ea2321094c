#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "tools/replay/refusal.hpp"

namespace horae::replay {

/// The lines of a text file, one after another, whatever the file turns out to be.
class Lines {
 public:
  /// A payload of 16 MiB as hex, once more in its fact, and what stands around it.
  static constexpr std::size_t longest = 256u << 20;

  explicit Lines(const std::filesystem::path& file) : in_(file, std::ios::binary) {}

  /// Whether the file could be opened.
  [[nodiscard]] bool open() const { return in_.is_open() && in_.good(); }
  /// The next line without its end, valid until the next call; nothing at the end of the file.
  /// Refuses (corrupt) a line that no text has: longer than any, or with a zero byte in it.
  [[nodiscard]] Outcome<std::optional<std::string_view>> next();
  /// Bytes of the lines that were read.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  std::ifstream in_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what was not read yet
  std::uint64_t bytes_ = 0;
};

}  // namespace horae::replay
