#include "actors/snapshot_taker.hpp"

namespace horae {

Bytes TakenSnapshot::encode() const {
  std::vector<SnapshotPiece> pieces;
  pieces.reserve(parts.size());
  for (const auto& part : parts) {
    pieces.push_back({static_cast<std::uint32_t>(part.kind), part.message.bytes()});
  }
  return encode_snapshot(snapshot_version, header, pieces);
}

TakenSnapshot take_snapshot(const World& world, const ServiceWatch& service,
                            const StateHashes& hashes) {
  TakenSnapshot out;
  out.header = {world.seq,     world.time_ms, world.head, world.local.node.identity.log_public_key,
                hashes.shared, hashes.local};
  out.parts = parts_of(world);
  service.add_parts(out.parts, world.local.mempool);
  return out;
}

std::optional<TakenSnapshot> SnapshotTaker::see(const World& world, const ServiceWatch& service,
                                                const RecordView& record) {
  if (world.seq >= next_ && world.settled) {
    next_ = (world.seq / every + 1) * every;
    // Hashes are the log's to say.
    if (world.local.node.open) waits_ = take_snapshot(world, service, {});
  }
  if (!waits_ || record.header.domain != Domain::NODE) return std::nullopt;
  const auto fact = Msg<schema::NodeFact>::of(Message::trusted(record.payload));
  if (!fact.read().isStateHashed()) return std::nullopt;
  const auto hashed = fact.read().getStateHashed();
  if (hashed.getSeq() != waits_->header.seq) return std::nullopt;
  auto out = std::move(waits_);
  waits_.reset();
  out->header.shared = fixed<Hash32>(hashed.getShared());
  out->header.local = fixed<Hash32>(hashed.getLocal());
  return out;
}

Result<RestoredSnapshot> restore(const SnapshotFile& file) {
  std::vector<SnapshotPart> parts;
  parts.reserve(file.pieces.size());
  for (const auto& piece : file.pieces) {
    if (reinterpret_cast<std::uintptr_t>(piece.bytes.data()) % 8 != 0) {
      return fail("its parts are not aligned");
    }
    parts.push_back({static_cast<SnapshotPart::Kind>(piece.kind), Message::borrowed(piece.bytes)});
  }
  auto world = restore_world(parts);
  if (!world) return tl::unexpected(world.error());
  world->seq = file.header.seq;
  world->time_ms = file.header.time_ms;
  world->head = file.header.head;
  auto service = ServiceWatch::restore(parts, *world);
  if (!service) return tl::unexpected(service.error());
  return RestoredSnapshot{std::move(*world), std::move(*service)};
}

}  // namespace horae
