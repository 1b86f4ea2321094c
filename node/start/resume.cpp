#include "node/start/resume.hpp"

#include "node/start/caught.hpp"
#include "storage/log_tree.hpp"

namespace horae {
namespace {

Result<Hash32> hash_of(BytesView value) {
  const auto record = decode_record(value);
  if (!record) return tl::unexpected(record.error());
  return record_hash(*record);
}

// The record that the snapshot stands behind must be the log's.
Result<void> check_record(LogReader& log, const SnapshotHeader& header) {
  const auto stored = log.get(header.seq);
  if (!stored) return tl::unexpected(stored.error());
  if (!*stored) return fail("the log has no such record");
  const auto record = decode_record((*stored)->value);
  if (!record) return tl::unexpected(record.error());
  if (record_hash(*record) != header.head || record->header.time_ms != header.time_ms ||
      record->header.more) {
    return fail("the log has another record there: it is of another log");
  }
  return {};
}

// What the log says of the state at the snapshot's record.
Result<StateHashes> logged_hashes(LogReader& log, std::uint64_t seq, std::uint64_t last) {
  std::optional<Result<StateHashes>> found;
  const auto shown = log.scan(seq + 1, last, [&](std::uint64_t, BytesView value) {
    const auto record = decode_record(value);
    // What is damaged is named when it is folded.
    if (!record || record->header.domain != Domain::NODE) return true;
    const auto fact = checked_fact(Domain::NODE, record->payload);
    if (!fact) return true;
    const auto node = Msg<schema::NodeFact>::of(*fact);
    if (!node.read().isStateHashed()) return true;
    const auto hashed = node.read().getStateHashed();
    if (hashed.getSeq() < seq) return true;
    if (hashed.getSeq() == seq) {
      found = StateHashes{fixed<Hash32>(hashed.getShared()), fixed<Hash32>(hashed.getLocal())};
    }
    return false;
  });
  if (!shown) return tl::unexpected(shown.error());
  if (!found) return fail("the log does not say the state's hashes there");
  return *found;
}

Result<Resumed> read_back(const Snapshots& snapshots, std::uint64_t seq,
                          const std::shared_ptr<Environment>& environment, std::uint64_t last) {
  if (seq > last) return fail("the log has only " + std::to_string(last) + " records");
  auto bytes = snapshots.read(seq);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto digest = sha256(*bytes);
  const auto file = decode_snapshot(snapshot_version, std::move(*bytes));
  if (!file) return tl::unexpected(file.error());
  const auto& header = file->header;
  if (header.seq != seq) return fail("it is of record " + std::to_string(header.seq));
  LogReader log(environment);
  if (auto same = check_record(log, header); !same) return tl::unexpected(same.error());
  const auto logged = logged_hashes(log, seq, last);
  if (!logged) return tl::unexpected(logged.error());
  if (*logged != StateHashes{header.shared, header.local}) {
    return fail("the log says other hashes of the state there");
  }

  auto restored = restore(*file);
  if (!restored) return tl::unexpected(restored.error());
  const auto hashes = state_hashes(restored->world);
  if (hashes != *logged) {
    const bool shared = hashes.shared != logged->shared;
    return fail(std::string("its ") + (shared ? "shared" : "local") +
                " state is not the one that the log names: wanted " +
                to_hex(shared ? logged->shared : logged->local) + ", got " +
                to_hex(shared ? hashes.shared : hashes.local));
  }
  if (restored->world.local.node.identity.log_public_key != header.log_key) {
    return fail("it is of another log's key");
  }

  LogTree tree(environment, hash_of);
  const auto stored = tree.stored_tiles();
  if (!stored) return tl::unexpected(stored.error());
  if (stored->size() < seq / merkle::tile_leaves) return fail("the log's tree is behind it");
  auto frontier = tree.frontier(seq);
  if (!frontier) return tl::unexpected(frontier.error());
  StateHashWatch watch({seq, hashes, restored->world.shared.digests});
  return Resumed{{header, digest, std::move(*frontier)},
                 std::move(restored->world),
                 std::move(restored->service),
                 std::move(watch)};
}

}  // namespace

Result<Resumed> resume(const Snapshots& snapshots, std::uint64_t seq,
                       const std::shared_ptr<Environment>& environment, std::uint64_t last) {
  std::optional<Result<Resumed>> out;
  const auto done = caught([&]() -> Result<void> {
    out = read_back(snapshots, seq, environment, last);
    return {};
  });
  if (!done) return tl::unexpected(done.error());
  return std::move(*out);
}

}  // namespace horae
