#pragma once

#include <functional>

#include "actors/shell.hpp"
#include "actors/snapshot_taker.hpp"
#include "events/state_hashes.hpp"
#include "events/world.hpp"
#include "storage/log.hpp"
#include "storage/lookups.hpp"

namespace horae {

/// What the world goes on from: all of it led over the same records of the log.
struct WorldStart {
  World state;
  ServiceWatch service;
  StateHashWatch hashes;
};

/// Where the world's snapshots go. Without a destination none is taken.
struct SnapshotSink {
  SnapshotTaker taker;
  std::function<void(TakenSnapshot)> to = {};
};

/// The world over a state folded from the log so far. It reads on from there by itself, enters
/// every hash that a record names into the lookups, raises board->sealed_head, tells the log the
/// state's hashes every so many records, and watches the service for whoever asks.
world_actor spawn_world(caf::actor_system& system, Threading threading,
                        std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                        WorldStart start, std::unique_ptr<LogReader> log,
                        std::shared_ptr<Lookups> lookups, journal_actor journal,
                        SnapshotSink snapshots = {});

}  // namespace horae
