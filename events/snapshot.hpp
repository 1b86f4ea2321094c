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
/// says of itself. Seq, time and head are the caller's.
///
/// Each domain has the functions `restore` for it, beside its state_message. They take a message
/// that was walked against its schema; what still does not fit (a length, an entry twice) stops, as
/// a fact does that cannot be. So this is to be called under a stop handler that throws.
[[nodiscard]] Result<World> restore_world(const std::vector<SnapshotPart>& parts);

/// Puts an entry into a map of a state that is being restored. Stops where the key is there
/// already: one of the two entries would vanish, so the message is no state of ours.
template <class Map, class Key, class Value>
void put_once(Map& map, Key&& key, Value&& value) {
  if (!map.emplace(std::forward<Key>(key), std::forward<Value>(value)).second) {
    stop("a restored state has an entry twice");
  }
}

/// Lists of some thousand entries a message: a message has its limit.
constexpr std::size_t part_entries = 4096;
constexpr std::size_t part_bytes = 4u << 20;

}  // namespace horae
