#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "tests/crash/io_record.hpp"

namespace horae::crash {

struct IoStep {
  IoEntry entry;
  Bytes bytes;
  [[nodiscard]] std::string text() const { return {bytes.begin(), bytes.end()}; }
};

/// Reads what record_io.cpp wrote.
[[nodiscard]] std::vector<IoStep> read_steps(const std::filesystem::path& file);

/// The files of a directory as they may be after the power went.
class IoState {
 public:
  void apply(const IoStep& step) { apply(step, step.bytes.size()); }
  /// The first so many bytes of a write alone.
  void apply(const IoStep& step, std::size_t bytes);
  /// Puts the files that stand in this directory itself into an empty one.
  void put_into(const std::string& from, const std::filesystem::path& to) const;

 private:
  std::map<std::uint64_t, Bytes> files_;
  std::map<std::string, std::uint64_t> names_;
};

enum class IoCase : unsigned char { whole, none, torn, one_missing, two_missing, some };
inline constexpr std::size_t io_cases = 6;

/// Shows every state that a crash may leave, one step after the other: with all of what is not on
/// the disk yet, with none of it, with the last write torn at 512-byte boundaries, with each one
/// and each two of the rest missing (at most so many pairs, drawn), and some random subsets. told:
/// how many steps of that kind came before. False ends it.
using ShowState = std::function<bool(const IoState&, IoCase, std::size_t told)>;
void all_states(const std::vector<IoStep>& steps, std::uint64_t seed, const ShowState& show);

}  // namespace horae::crash
