#pragma once

#include "actors/snapshot_taker.hpp"
#include "node/start/log_session.hpp"
#include "tests/storage/directory.hpp"
#include "tests/tools/duty_scene.hpp"

// A log that is long enough for a snapshot, with everything that a pool's duties lead to in it and
// with transactions that wait.
namespace horae::test {

class LongLife : public DutyScene {
 public:
  /// Where the snapshot stands, and where the log has its word for it.
  std::uint64_t snapshot = 0;
  std::uint64_t hashed = 0;

  LongLife() {
    live_on();
    for (std::uint8_t sender = 40; sender < 60; ++sender) {
      for (std::uint64_t nonce = 0; nonce < 3; ++nonce) submit(sender, nonce, sender);
    }
    fill(SnapshotTaker::every);
    snapshot = world.seq;
    const auto hashes = state_hashes(world);
    // Some records later, as a node writes it.
    for (std::uint8_t sender = 60; sender < 70; ++sender) submit(sender, 0, sender);
    hashed = commit(hash_state(world.local.node, snapshot, hashes.shared, hashes.local));
    for (int block = 0; block < 5; ++block) block_by(1);
  }

  /// Records that change little up to this one.
  void fill(std::uint64_t seq) {
    while (world.seq < seq) commit(start_node(world.local.node, "test"));
  }

  static const LongLife& once() {
    static const LongLife out;
    return out;
  }
};

/// The tree's tiles that these records fill.
inline std::vector<Hash32> tiles_of(const std::vector<Bytes>& values) {
  merkle::Frontier tree;
  std::vector<Hash32> out;
  for (const auto& value : values) {
    if (const auto tile = tree.add(record_hash(*decode_record(value)))) out.push_back(*tile);
  }
  return out;
}

/// A data directory with records of a log and its tree in it.
struct Home {
  Directory directory;
  DataPaths paths{directory.path};

  explicit Home(const std::vector<Bytes>& values = LongLife::once().values)
      : Home(values, tiles_of(values)) {}
  Home(const std::vector<Bytes>& values, const std::vector<Hash32>& tiles) {
    LogScene::write(directory.path, values);
    const auto environment = open_log(paths.log(), Access::durable);
    if (!environment) stop(environment.error().what);
    if (auto added = LogWriter(*environment).add_tiles(0, tiles); !added) stop(added.error().what);
  }
  [[nodiscard]] Result<LogSession> open() const { return LogSession::open(paths); }
  [[nodiscard]] Snapshots snapshots() const { return Snapshots(paths.snapshots()); }
};

/// What a start without any snapshot comes to leave behind: the bytes of the long life's snapshot.
inline const Bytes& left_snapshot() {
  static const Bytes out = [] {
    const Home home;
    { const auto session = home.open(); }
    auto bytes = home.snapshots().read(LongLife::once().snapshot);
    if (!bytes) stop(bytes.error().what);
    return std::move(*bytes);
  }();
  return out;
}

}  // namespace horae::test
