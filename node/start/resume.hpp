#pragma once

#include "actors/snapshot_taker.hpp"
#include "core/merkle.hpp"
#include "events/state_hashes.hpp"
#include "storage/log.hpp"

namespace horae {

/// Which snapshot a start went on from.
struct UsedSnapshot {
  SnapshotHeader header;
  Hash32 digest;          // SHA-256 of its file
  merkle::Frontier tree;  // of the log up to its record, as the stored tiles tell it
};

/// Where a start goes on instead of at the first record.
struct Resumed {
  UsedSnapshot used;
  World world;
  ServiceWatch watch;
  StateHashWatch hashes;
};

/// Reads the snapshot of this record. Refuses one that is damaged, of another version, of another
/// log or of a longer one, and one whose state is not the one that the log names in StateHashed;
/// last: seq of the log's last record. What no state hash covers (a waiting transaction's sender,
/// say) is held against the log behind the start alone (node/watch/verification.hpp).
[[nodiscard]] Result<Resumed> resume(const Snapshots& snapshots, std::uint64_t seq,
                                     const std::shared_ptr<Environment>& environment,
                                     std::uint64_t last);

}  // namespace horae
