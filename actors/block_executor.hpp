#pragma once

#include <functional>
#include <set>

#include "actors/shell.hpp"
#include "storage/log.hpp"

namespace horae {

struct ExecutorOptions {
  std::set<Address> mine;            // whose blocks this node makes
  std::uint64_t engine_block = 0;    // the last one that the engine has
  Hash32 engine_hash;                // of it
  std::uint64_t included_block = 0;  // the last one whose transactions have left the mempool
  std::uint64_t included_epoch = 0;  // of it; 0: not known
  std::uint64_t seq = 0;             // its record; 0: none was included
  std::uint64_t engine_at = 0;       // the record of the engine's block; 0: there is none
  std::uint64_t attested = 0;        // the last block that is attested by then
  std::uint64_t engine_seq = 0;      // the record up to which the log was brought to the engine
  std::vector<RevokedBlocks> revoked = {};  // up to there
  pool_sequence_actor pool = {};            // told how far the engine is; nobody alone
  /// Told when the engine has a block otherwise than the log that cannot be revoked: whoever goes
  /// on has two truths.
  std::function<void(const std::string& what)> on_difference;
};

/// Takes each block that the log has, whoever made it: first the engine executes it (or adopts it,
/// where it built it), then what is in it leaves the mempool. Follows the log by itself, many
/// blocks at a time where it is behind; what an engine does not take is offered again each second,
/// and a block that comes out otherwise is told to the pool, which may revoke it until it is
/// attested. Where blocks are revoked, the engine
/// goes back to the one before them, and what was in them comes back to the mempool.
///
/// What somebody else's block says of senders is not believed but computed, and what it says was
/// skipped is that member's business: here it waits on, until this node's own engine refuses it.
block_executor_actor spawn_block_executor(caf::actor_system& system, Threading threading,
                                          std::shared_ptr<ActorMeter> meter,
                                          std::shared_ptr<Board> board, ExecutorOptions options,
                                          std::unique_ptr<LogReader> log, engine_actor engine,
                                          mempool_actor mempool, journal_actor journal);

}  // namespace horae
