#include "node/watch/room_watch.hpp"

#include "storage/usage.hpp"

namespace horae {
namespace {

const char* name_of(Tightness tight) {
  switch (tight) {
    case Tightness::ample:
      return "ample";
    case Tightness::scarce:
      return "scarce";
    case Tightness::closed:
      return "closed";
  }
  stop("an unknown tightness");
}

std::string told(Tightness before, Tightness now, const std::string& why) {
  switch (now) {
    case Tightness::ample:
      return before == Tightness::closed ? "there is room again, and intake is open"
                                         : "there is room again";
    case Tightness::scarce:
      return (before == Tightness::closed ? "intake is open again, but room is scarce: "
                                          : "room is scarce: ") +
             why;
    case Tightness::closed:
      return "intake is closed: " + why + "; blocks and L1 go on as long as there is any";
  }
  stop("an unknown tightness");
}

}  // namespace

void RoomWatch::look(Environment& environment) {
  const auto room = environment.room();
  if (!room) {
    if (!std::exchange(blind_, true)) logger_.warn(room.error().what);
    return;
  }
  blind_ = false;
  const auto before = std::exchange(held_, tightness(*room, held_));
  const auto why = shortage(*room);
  // The figures beside it are not worth a word where they cannot be had.
  const auto used = usage(environment).value_or(Usage{});
  board_->change<Board::Room>([&](Board::Room& seen) {
    seen.state = name_of(held_);
    seen.reason = held_ == Tightness::ample ? "" : why;
    seen.used_bytes = room->used_bytes;
    seen.map_bytes = room->map_bytes;
    seen.disk_free_bytes = room->disk_free_bytes;
    seen.free_bytes = used.free_bytes;
    seen.readers = used.readers;
    seen.readers_most = used.readers_most;
  });
  if (held_ == before) return;
  const auto* closed = room->map_percent() >= closed_percent ? &closed_by_map : &closed_by_disk;
  admission_->closed.store(held_ == Tightness::closed ? closed : nullptr);
  const auto level = held_ == Tightness::closed   ? Level::error
                     : held_ == Tightness::scarce ? Level::warn
                                                  : Level::info;
  logger_.say(level, told(before, held_, why), {{"directory", environment.directory().string()}});
}

}  // namespace horae
