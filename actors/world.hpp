#pragma once

#include <functional>

#include "actors/shell.hpp"
#include "actors/snapshot_taker.hpp"
#include "events/state_hashes.hpp"
#include "events/world.hpp"
#include "storage/log.hpp"
#include "storage/lookups.hpp"

namespace horae {

/// Where the world's snapshots go, and what else is in them: led over the log so far, like the
/// state. Without a destination none is taken.
struct SnapshotSource {
  ServiceWatch service;
  SnapshotTaker taker;
  std::function<void(TakenSnapshot)> to = {};
};

/// The world over a state folded from the log so far. It reads on from there by itself, enters
/// every hash that a record names into the lookups, raises board->sealed_head, and tells the log
/// the state's hashes every so many records; hashes: led over the log so far, like the state.
world_actor spawn_world(caf::actor_system& system, Threading threading,
                        std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                        World state, std::unique_ptr<LogReader> log,
                        std::shared_ptr<Lookups> lookups, journal_actor journal,
                        StateHashWatch hashes = {}, SnapshotSource snapshots = {});

}  // namespace horae
