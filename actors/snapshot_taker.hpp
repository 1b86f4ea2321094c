#pragma once

#include <optional>

#include "duties/service_watch.hpp"
#include "storage/snapshots.hpp"

namespace horae {

/// A snapshot as it was taken: whole with the log's word for it.
struct TakenSnapshot {
  SnapshotHeader header;
  std::vector<SnapshotPart> parts;

  /// The bytes of its file; the same at the same record of the same log.
  [[nodiscard]] Bytes encode() const;
};

/// A snapshot of a settled position whose hashes these are.
[[nodiscard]] TakenSnapshot take_snapshot(const World& world, const ServiceWatch& service,
                                          const StateHashes& hashes);

/// Takes snapshots on the way through a log, at records whose state hashes enter the log
/// (StateHashWatch), and hands each out when the log has said so: a state that the log does not
/// vouch for is no snapshot.
class SnapshotTaker {
 public:
  /// A multiple of StateHashWatch::every. A start folds at most so many records and what came
  /// before the log had its word for the last snapshot: a quarter of a second.
  static constexpr std::uint64_t every = 50'000;

  SnapshotTaker() = default;
  /// None at or before this record.
  explicit SnapshotTaker(std::uint64_t after) : next_((after / every + 1) * every) {}

  /// After each record that was folded and seen by the watch. The record's own state hashes must
  /// have been checked (StateHashWatch::see).
  std::optional<TakenSnapshot> see(const World& world, const ServiceWatch& service,
                                   const RecordView& record);

 private:
  std::uint64_t next_ = every;
  std::optional<TakenSnapshot> waits_;
};

/// A snapshot that was read back: a start goes on from here.
struct RestoredSnapshot {
  World world;
  ServiceWatch service;
};

/// Restores the bytes of a file. Whether the log says the same is the caller's to see. To be called
/// under a stop handler that throws.
[[nodiscard]] Result<RestoredSnapshot> restore(const SnapshotFile& file);

}  // namespace horae
