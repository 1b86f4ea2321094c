#pragma once

#include <cstdint>
#include <string>

namespace horae {

/// How much an environment may still grow.
struct Room {
  std::uint64_t used_bytes = 0;       ///< of the file
  std::uint64_t map_bytes = 0;        ///< the most that the file can become
  std::uint64_t disk_free_bytes = 0;  ///< left on its file system for this user

  /// What is used of the map, in percent, rounded down.
  [[nodiscard]] unsigned map_percent() const;
  /// What is used of the disk, in percent, rounded down: of what the file has and what is free
  /// beside it together. On a disk of its own that is what df(1) says; what others have on a disk
  /// that they share is neither here nor there.
  [[nodiscard]] unsigned disk_percent() const;
};

/// scarce: people are told. closed: nothing is let in any more, since what is decided already, and
/// a clean stop, must still fit.
enum class Tightness : std::uint8_t { ample, scarce, closed };

constexpr unsigned scarce_percent = 80;
constexpr unsigned closed_percent = 95;
/// Whatever the percents say, with so little free on the disk it is closed, and scarce with four
/// times as much: others may take it in no time.
constexpr std::uint64_t reserve_bytes = 256u << 20;

[[nodiscard]] Tightness tightness(const Room& room);
/// The same for one who was told `held` before: easier only where there is a little more room than
/// need be, so that a figure that trembles is not told again and again.
[[nodiscard]] Tightness tightness(const Room& room, Tightness held);

/// What is short, the disk or the map, with its figures; empty where it is ample.
[[nodiscard]] std::string shortage(const Room& room);

}  // namespace horae
