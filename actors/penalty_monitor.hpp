#pragma once

#include <deque>

#include "actors/shell.hpp"
#include "duties/service_watch.hpp"
#include "storage/log.hpp"

namespace horae {

/// Where the monitor goes on: a position of the log, with what was led over it.
struct MonitorStart {
  std::uint64_t seq = 0;
  std::deque<std::uint64_t> newest_blocks;  // their records
  Observations observations;
};

/// Follows the world from there on. What its watch of the service notices goes to the journal,
/// once, whatever crashes; each sealed block is looked at for a fault, and the sequence is told of
/// one: also of the newest blocks before the start, whose accusation a crash may have kept back
/// (the same fault twice counts once). Its first tick starts its timer; tick_ms is how often it
/// looks for a backlog.
penalty_monitor_actor spawn_penalty_monitor(caf::actor_system& system, Threading threading,
                                            std::shared_ptr<ActorMeter> meter,
                                            std::shared_ptr<const Clock> clock,
                                            std::uint64_t tick_ms, MonitorStart start,
                                            std::unique_ptr<LogReader> log, world_actor world,
                                            journal_actor journal, sequence_actor sequence);

}  // namespace horae
