#pragma once

#include "duties/engine_catch_up.hpp"
#include "node/start/block_finder.hpp"
#include "node/start/log_session.hpp"

namespace horae {

/// The sealed blocks as the log has them, for bringing the engine to the log's head.
class ChainLog : public ChainView {
 public:
  /// genesis: the engine's block 0, which the log's identity vouches for.
  ChainLog(const LogSession& session, const EngineBlock& genesis);
  std::uint64_t head_number() override;
  Result<SealedBlock> block(std::uint64_t number) override;

 private:
  std::uint64_t head_;
  EngineBlock genesis_;
  BlockFinder blocks_;
};

}  // namespace horae
