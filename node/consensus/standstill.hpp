#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.hpp"

namespace horae {

/// Judges from its height whether consensus orders: CometBFT can freeze with its process alive and
/// its JSON-RPC answering. That the height does not move is no fault while nobody waits for it.
class Standstill {
 public:
  static constexpr std::uint64_t patience_ms = 30'000;
  /// How long it is given after each time that something was done about it.
  static constexpr std::uint64_t again_ms = 600'000;

  struct Verdict {
    const char* state = "";  // starting, ordering, silent, still
    std::string reason;      // "" where it orders, or starts
    bool act = false;        // it stands still, and nothing was done about it lately
  };

  /// What a look says; before the first height, that it starts, as long as that is no wonder: the
  /// height or why there is none, whether somebody waits for a command to be
  /// ordered, and when that was, in ms since 1970.
  Verdict look(const Result<std::uint64_t>& height, bool waiting, std::uint64_t now_ms);

 private:
  std::optional<std::uint64_t> began_ms_;  // the first look
  std::optional<std::uint64_t> height_;
  std::optional<std::uint64_t> since_ms_;  // that it did not move though somebody waited
  std::uint64_t next_act_ms_ = 0;
};

}  // namespace horae
