#pragma once

#include <atomic>
#include <string_view>

#include "tools/replay/source.hpp"

namespace horae::replay {

/// Where to stop a replay, as people say it.
struct Position {
  enum class Kind { end, seq, l1, block, time } kind = Kind::end;
  std::uint64_t number = 0;
};

// How positions are written, for --help.
inline constexpr const char* position_names = "SEQ|TIME|l1:N|block:N";
inline constexpr const char* positions_help =
    "Positions:\n"
    "  SEQ        the record of this number, where a decision ends there\n"
    "  TIME       the last decision at or before it, by the log's own times: ISO 8601 in UTC\n"
    "             (2026-11-22, 2026-11-22T17:40:00Z, milliseconds if need be), or ms:N since 1970\n"
    "  l1:N       the last position before the first event above L1 block N\n"
    "  block:N    the position at which L2 block N was sealed\n";

/// Milliseconds since 1970 of what TIME says; refuses (usage) anything else.
[[nodiscard]] Outcome<std::uint64_t> parse_time(std::string_view text);

/// Reads SEQ, TIME, l1:N or block:N; refuses (usage) anything else.
[[nodiscard]] Outcome<Position> parse_position(std::string_view text);

/// The settled position (seq of a decision's last record) that is meant. l1:N is the last one
/// before the first locking event above L1 block N that no reorganisation took back; block:N that
/// of BlockSealed N; a time the last one that is not later. Refuses (no_such_position) an l1:N
/// above the last confirmed head, a block that was not sealed, a seq that is not there, and one in
/// the midst of a decision, naming those beside it.
[[nodiscard]] Outcome<std::uint64_t> resolve(const Source& source, const Position& position,
                                             std::atomic<std::uint64_t>* at);

}  // namespace horae::replay
