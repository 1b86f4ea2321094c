#pragma once

#include <atomic>
#include <string_view>

#include "tools/replay/source.hpp"

namespace horae::replay {

/// Where to stop a replay, as people say it.
struct Position {
  enum class Kind { end, seq, l1, l1_time, block, time } kind = Kind::end;
  std::uint64_t number = 0;  // of a time, milliseconds since 1970
};

// How positions are written, for --help.
inline constexpr const char* position_names = "SEQ|TIME|l1:N|l1:TIME|block:N";
inline constexpr const char* positions_help =
    "Positions:\n"
    "  SEQ        the record of this number, where a decision ends there\n"
    "  TIME       the last decision at or before it, by the log's own times: ISO 8601 in UTC\n"
    "             (2026-11-22, 2026-11-22T17:40:00Z, milliseconds if need be), or ms:N since 1970\n"
    "  l1:N       the last position before the first event above L1 block N\n"
    "  l1:TIME    the last position before the first event that is later by L1's own time\n"
    "  block:N    the position at which L2 block N was sealed\n";

/// Milliseconds since 1970 of what TIME says; refuses (usage) anything else.
[[nodiscard]] Outcome<std::uint64_t> parse_time(std::string_view text);

/// Reads SEQ, TIME, l1:N, l1:TIME or block:N; refuses (usage) anything else.
[[nodiscard]] Outcome<Position> parse_position(std::string_view text);

/// The settled position (seq of a decision's last record) that is meant. l1:N is the last one
/// before the first locking event above L1 block N that no reorganisation took back, l1:TIME before
/// the first that is later; block:N that of BlockSealed N; a time the last one that is not later.
/// Refuses (no_such_position) an l1:N above the last confirmed head, an l1:TIME later than it, a
/// block that was not sealed, a seq that is not there, and one in the midst of a decision, naming
/// those beside it.
[[nodiscard]] Outcome<std::uint64_t> resolve(const Source& source, const Position& position,
                                             std::atomic<std::uint64_t>* at);

/// The first and the last record of a reading that `--from` and `--to` bound: the record SEQ
/// itself, whether a decision ends there and whether it is there yet or not; else the one behind
/// the position, or the position; of a time the first that is not earlier, and the last that is not
/// later. Refuses what resolve refuses.
[[nodiscard]] Outcome<std::uint64_t> reading_from(const Source& source, std::string_view text,
                                                  std::atomic<std::uint64_t>* at);
[[nodiscard]] Outcome<std::uint64_t> reading_to(const Source& source, std::string_view text,
                                                std::atomic<std::uint64_t>* at);

/// The last position before the first event whose L1 block is of time_ms or later: the log's end
/// where there is none, 0 where nothing is before it.
[[nodiscard]] Outcome<std::uint64_t> before_l1_time(const Source& source, std::uint64_t time_ms,
                                                    std::atomic<std::uint64_t>* at);

}  // namespace horae::replay
