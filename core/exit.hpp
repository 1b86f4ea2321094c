#pragma once

#include <array>
#include <string>
#include <string_view>

namespace horae {

/// The exit codes of all binaries.
enum class Exit : int {
  ok = 0,
  unexpected = 1,
  usage = 2,
  configuration = 3,
  directory = 4,    // data directory locked or not permitted
  corrupt = 5,      // the log
  key = 6,          // key or password
  unreachable = 7,  // L1, engine or peer
  not_ready = 8,
  precondition = 9,  // what was asked for is not to be had here
  mismatch = 10,     // audit
  incomplete = 11,   // a log that ends before it should
};

/// What each of them means, in its order: the one place that says so.
inline constexpr std::array<std::string_view, 12> exit_meanings{
    "ok",
    "unexpected",
    "usage",
    "configuration",
    "data directory locked or not permitted",
    "log corrupt",
    "key or password",
    "L1, engine or peer unreachable",
    "not ready",
    "precondition failed",
    "audit mismatch",
    "the log ends before it should",
};

/// All of them, for the end of a --help.
[[nodiscard]] std::string exit_codes_help();

}  // namespace horae
