#pragma once

#include "events/world.hpp"

namespace horae {

/// One message of a snapshot.
struct SnapshotPart {
  using Kind = PartKind;
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
