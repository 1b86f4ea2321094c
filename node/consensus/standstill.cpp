#include "node/consensus/standstill.hpp"

#include <utility>

#include "core/words.hpp"

namespace horae {

bool Standstill::silent_for_too_long(const Seen& seen, std::uint64_t now_ms) {
  const bool started = seen.restarts != std::exchange(restarts_, seen.restarts);
  const bool applies = seen.applied != std::exchange(applied_, seen.applied);
  if (started) answered_ = false;
  if (seen.height) answered_ = true;
  if (seen.height || started || applies || alive_ms_ == 0) alive_ms_ = now_ms;
  if (now_ms < alive_ms_ + (answered_ ? silence_ms : again_ms)) return false;
  alive_ms_ = now_ms;
  answered_ = false;
  return true;
}

Standstill::Verdict Standstill::look(const Seen& seen, std::uint64_t now_ms) {
  if (!began_ms_) began_ms_ = now_ms;
  const bool too_long = silent_for_too_long(seen, now_ms);
  const auto& height = seen.height;
  if (!height && !height_ && now_ms - *began_ms_ < patience_ms) return {"starting", "", false};
  if (!height) {
    return {"silent",
            "CometBFT does not tell its height (" + height.error().what +
                "): it starts, executes old blocks, or is stuck; cometbft.log has what "
                "it says",
            too_long};
  }
  const bool moved = height_ != *height;
  height_ = *height;
  if (!seen.waiting) {
    since_ms_ = std::nullopt;
  } else if (moved || !since_ms_) {
    since_ms_ = now_ms;
    next_act_ms_ = now_ms + patience_ms;
  }
  if (!since_ms_ || now_ms - *since_ms_ < patience_ms) {
    return {*height == 0 ? "starting" : "ordering", "", false};
  }
  const bool act = now_ms >= next_act_ms_;
  if (act) next_act_ms_ = now_ms + again_ms;
  return {"still",
          "consensus stands still at height " + std::to_string(*height_) + " since " +
              time_words(*since_ms_) +
              ", and commands wait: members with a third of the power or more are away, or this "
              "node does not reach them (pool.peers), or its CometBFT is stuck. Where the others "
              "go on, start this node again",
          act};
}

}  // namespace horae
