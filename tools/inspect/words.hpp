#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/inspect.capnp.h"

// Numbers and names as people read them on a terminal.
namespace horae::inspect {

/// What is no printable ASCII becomes '?': reasons quote the outside (an endpoint's error), and
/// nothing of it may steer the terminal.
[[nodiscard]] std::string printable(std::string_view text);
[[nodiscard]] std::string printable(const std::string& text);
[[nodiscard]] std::string printable(capnp::Text::Reader text);

/// At most six columns: 123456, 1.2M.
[[nodiscard]] std::string count(std::uint64_t value);
/// "7.5 s", "123 s".
[[nodiscard]] std::string seconds(std::uint64_t ms);
/// At most six columns: 850ns, 12us, 3.4ms, 1.2s; "-" for 0, which is what was not measured.
[[nodiscard]] std::string duration(std::uint64_t ns);
/// How long: 0:00:36.
[[nodiscard]] std::string elapsed(std::uint64_t ms);
/// When, in UTC: 2026-11-22 14:06:25.
[[nodiscard]] std::string date_time(std::uint64_t ms);
/// When on its day, in UTC: 14:06:25.123.
[[nodiscard]] std::string clock_time(std::uint64_t ms);

[[nodiscard]] std::string known(schema::Inspector::BlockNumber::Reader block);
/// "idle", "busy", "stuck 7.5 s".
[[nodiscard]] std::string state(schema::Inspector::Actor::Reader actor);
/// "word: reason", or the word alone.
[[nodiscard]] std::string with_reason(capnp::Text::Reader word, capnp::Text::Reader reason);

/// Words broken into lines of at most so many columns; a longer word is cut into pieces.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view words, std::size_t columns);

}  // namespace horae::inspect
