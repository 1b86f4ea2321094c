#pragma once

#include "events/world.hpp"

namespace horae {

/// One message of a snapshot.
struct SnapshotPart {
  /// The numbers stand in files: another meaning or order is another snapshot_version.
  enum class Kind : std::uint32_t {
    none = 0,
    node = 1,
    mempool = 2,
    rounds = 3,
    submissions = 4,
    observations = 5,
    locking = 6,
    blocks = 7,
    mpc = 8,
    rewards = 9,
    faults = 10,
    digests = 11,
    pool_accounts = 12,  // as many parts as it takes
    pool_txns = 13,      // as many parts as it takes
    service = 14,
    service_txns = 15,  // as many parts as it takes
  };
  Kind kind = Kind::none;
  Message message;
};

/// To be raised with every change of what a part says.
constexpr std::uint32_t snapshot_version = 1;

/// Everything that the fold's going on depends on: the canonical states, and what they have as sums
/// or digests alone. The same world gives the same parts.
[[nodiscard]] std::vector<SnapshotPart> parts_of(const World& world);

/// The shared and local state that these parts tell; parts of other kinds are passed over. The
/// bytes are a stranger's: each is walked against its schema and must be what the restored state
/// says of itself. Seq, time and head are the caller's. To be called under a stop handler that
/// throws (events/restore.hpp).
[[nodiscard]] Result<World> restore_world(const std::vector<SnapshotPart>& parts);

/// Lists of some thousand entries a message: a message has its limit.
constexpr std::size_t part_entries = 4096;
constexpr std::size_t part_bytes = 4u << 20;

}  // namespace horae
