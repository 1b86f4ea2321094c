#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.hpp"

namespace horae {

/// Judges from its height whether consensus orders: CometBFT can freeze with its process alive, and
/// its JSON-RPC answering or not. That the height does not move is no fault while nobody waits for
/// it.
class Standstill {
 public:
  static constexpr std::uint64_t patience_ms = 30'000;
  /// How long one that answered may give no sign of life. A machine that is short of everything
  /// lets a request wait for seconds, not for so long.
  static constexpr std::uint64_t silence_ms = 120'000;
  /// How long it is given after each time that something was done about it, and one that starts
  /// until it answers: it may have a large store to open.
  static constexpr std::uint64_t again_ms = 600'000;

  /// What is seen in a look.
  struct Seen {
    Result<std::uint64_t> height;  // that CometBFT tells, or why it tells none
    bool waiting = false;          // somebody waits for a command to be ordered
    std::uint64_t applied = 0;     // height that this node has applied: old blocks, too
    std::uint64_t restarts = 0;    // of CometBFT
  };

  struct Verdict {
    const char* state = "";  // starting, ordering, silent, still
    std::string reason;      // "" where it orders, or starts
    bool act = false;        // it is stuck, and nothing was done about it lately
  };

  /// What a look at this time, in ms since 1970, says; before the first height, and at height 0,
  /// that it starts, as long as that is no wonder.
  Verdict look(const Seen& seen, std::uint64_t now_ms);

 private:
  bool silent_for_too_long(const Seen& seen, std::uint64_t now_ms);

  std::optional<std::uint64_t> began_ms_;  // the first look
  std::optional<std::uint64_t> height_;
  std::optional<std::uint64_t> since_ms_;  // that it did not move though somebody waited
  std::uint64_t next_act_ms_ = 0;
  std::uint64_t alive_ms_ = 0;  // the last sign of life: an answer, a block, a start
  bool answered_ = false;       // since it was started last
  std::uint64_t applied_ = 0, restarts_ = 0;
};

}  // namespace horae
