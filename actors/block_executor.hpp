#pragma once

#include <set>

#include "actors/shell.hpp"
#include "storage/log.hpp"

namespace horae {

struct ExecutorOptions {
  std::set<Address> mine;            // whose blocks this node makes
  std::uint64_t engine_block = 0;    // the last one that the engine has
  std::uint64_t included_block = 0;  // the last one whose transactions have left the mempool
  std::uint64_t seq = 0;             // the record up to which there is no other block than those
  pool_sequence_actor pool = {};     // told how far the engine is; nobody alone
};

/// Takes each block that the log has, whoever made it: first the engine executes it (or adopts it,
/// where it built it), then what is in it leaves the mempool. Follows the log by itself, many
/// blocks at a time where it is behind; what an engine does not take is offered again each second.
///
/// What somebody else's block says of senders is not believed but computed, and what it says was
/// skipped is that member's business: here it waits on, until this node's own engine refuses it.
block_executor_actor spawn_block_executor(caf::actor_system& system, Threading threading,
                                          std::shared_ptr<ActorMeter> meter,
                                          std::shared_ptr<Board> board, ExecutorOptions options,
                                          std::unique_ptr<LogReader> log, engine_actor engine,
                                          mempool_actor mempool, journal_actor journal);

}  // namespace horae
