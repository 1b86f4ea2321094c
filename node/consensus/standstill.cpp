#include "node/consensus/standstill.hpp"

#include "core/words.hpp"

namespace horae {

Standstill::Verdict Standstill::look(const Result<std::uint64_t>& height, bool waiting,
                                     std::uint64_t now_ms) {
  if (!began_ms_) began_ms_ = now_ms;
  if (!height && !height_ && now_ms - *began_ms_ < patience_ms) return {"starting", "", false};
  if (!height) {
    return {"silent",
            "CometBFT does not tell its height (" + height.error().what +
                "): it starts, executes old blocks, or is stuck; cometbft.log has what "
                "it says",
            false};
  }
  const bool moved = height_ != *height;
  height_ = *height;
  if (!waiting) {
    since_ms_ = std::nullopt;
  } else if (moved || !since_ms_) {
    since_ms_ = now_ms;
    next_act_ms_ = now_ms + patience_ms;
  }
  if (!since_ms_ || now_ms - *since_ms_ < patience_ms) return {"ordering", "", false};
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
