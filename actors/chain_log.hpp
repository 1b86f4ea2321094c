#pragma once

#include <functional>

#include "actors/block_finder.hpp"
#include "duties/engine_catch_up.hpp"

namespace horae {

/// The sealed blocks as the log has them, for bringing the engine to a logged block.
class ChainLog : public ChainView {
 public:
  /// Asked before each block: a fault with which to give up, or nothing.
  using GiveUp = std::function<std::optional<Fault>()>;

  /// genesis: the engine's block 0, which the log's identity vouches for.
  ChainLog(std::shared_ptr<Environment> log, const Hash32& genesis, GiveUp give_up);

  /// Ends at this block, which the log has by now; 0: the genesis alone. seq: of the last record to
  /// look at. revoked: of the log, up to there and maybe beyond.
  void end_at(std::uint64_t number, std::uint64_t seq, std::vector<RevokedBlocks> revoked);

  std::uint64_t head_number() override { return head_; }
  Result<SealedBlock> block(std::uint64_t number) override;

 private:
  std::shared_ptr<Environment> log_;
  Hash32 genesis_;
  GiveUp give_up_;
  std::uint64_t head_ = 0;
  std::optional<BlockFinder> blocks_;
};

}  // namespace horae
