#pragma once

#include "actors/chain_log.hpp"
#include "actors/shell.hpp"

namespace horae {

struct EngineOptions {
  /// Told when the engine came out otherwise than the log by its genesis, or when it was checked:
  /// whoever goes on has two truths.
  std::function<void(const std::string& what)> on_difference;
  std::uint64_t seq = 0;  // the record up to which the log has the block that the engine is at
  std::vector<RevokedBlocks> revoked = {};
  /// For how long logged blocks are executed in one handler, before others are heard.
  std::chrono::milliseconds slice = std::chrono::seconds(1);
};

/// The engine's edge: one call at a time, each on this actor's own thread. chain: the log's blocks,
/// to which an engine is brought that lost or invented some; that may take long, and is done in
/// slices, with progress in the log.
engine_actor spawn_engine(caf::actor_system& system, Threading threading,
                          std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                          std::shared_ptr<EnginePort> engine, std::unique_ptr<ChainLog> chain,
                          EngineOptions options);

/// Looks accounts up at the sealed head: whatever was asked while a look-up ran goes into the next
/// one together. The port must not be shared with another actor. Where a look-up fails, the
/// engine's own actor is asked to check it.
accounts_actor spawn_accounts(caf::actor_system& system, Threading threading,
                              std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                              std::shared_ptr<EnginePort> port, engine_actor engine);

}  // namespace horae
