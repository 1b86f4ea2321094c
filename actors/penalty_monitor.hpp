#pragma once

#include "actors/shell.hpp"
#include "duties/service_watch.hpp"
#include "storage/log.hpp"

namespace horae {

/// Where the monitor goes on: a watch that was led over the log, and the local state at the same
/// position.
struct MonitorStart {
  ServiceWatch watch;
  Observations observations;
};

/// A watch led over the log's records up to until_seq, where a decision must end.
[[nodiscard]] Result<ServiceWatch> watch_of(LogReader& log, std::uint64_t until_seq);

/// Follows the log from there on. What the watch notices goes to the journal, once, whatever
/// crashes; each sealed block is looked at for a fault, and the sequence is told of one: also of
/// the newest blocks before the start, whose accusation a crash may have kept back (the same fault
/// twice counts once). Its first tick starts its timer; tick_ms is how often it looks for a
/// backlog.
penalty_monitor_actor spawn_penalty_monitor(caf::actor_system& system, Threading threading,
                                            std::shared_ptr<ActorMeter> meter,
                                            std::shared_ptr<const Clock> clock,
                                            std::uint64_t tick_ms, MonitorStart start,
                                            std::unique_ptr<LogReader> log, journal_actor journal,
                                            sequence_actor sequence);

}  // namespace horae
