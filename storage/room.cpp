#include "storage/room.hpp"

#include <algorithm>

namespace horae {
namespace {

unsigned percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return 100;
  // Both may be near the end of 64 bits where a test says so.
  return static_cast<unsigned>(whole > UINT64_MAX / 100 ? part / (whole / 100)
                                                        : part * 100 / whole);
}

Tightness by(unsigned used_percent) {
  if (used_percent >= closed_percent) return Tightness::closed;
  return used_percent >= scarce_percent ? Tightness::scarce : Tightness::ample;
}

Tightness of_map(const Room& room) { return by(room.map_percent()); }

Tightness of_disk(const Room& room) {
  const auto floor = room.disk_free_bytes < reserve_bytes       ? Tightness::closed
                     : room.disk_free_bytes < 4 * reserve_bytes ? Tightness::scarce
                                                                : Tightness::ample;
  return std::max(floor, by(room.disk_percent()));
}

std::string mib(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

unsigned Room::map_percent() const { return percent(used_bytes, map_bytes); }

unsigned Room::disk_percent() const {
  const auto whole =
      disk_free_bytes > UINT64_MAX - used_bytes ? UINT64_MAX : used_bytes + disk_free_bytes;
  return percent(used_bytes, whole);
}

Tightness tightness(const Room& room) { return std::max(of_map(room), of_disk(room)); }

Tightness tightness(const Room& room, Tightness held) {
  auto tighter = room;
  tighter.disk_free_bytes -= std::min(room.disk_free_bytes, reserve_bytes / 16);
  tighter.map_bytes -= room.map_bytes / 50;
  return std::max(tightness(room), std::min(held, tightness(tighter)));
}

std::string shortage(const Room& room) {
  const auto disk = of_disk(room);
  const auto map = of_map(room);
  if (std::max(disk, map) == Tightness::ample) return {};
  if (disk >= map) {
    return mib(room.disk_free_bytes) + " are free on the log's disk, and the log has " +
           std::to_string(room.disk_percent()) + " % of what it could have there";
  }
  return "the log has " + std::to_string(room.map_percent()) + " % of the " + mib(room.map_bytes) +
         " that its map allows";
}

}  // namespace horae
