#pragma once

#include <optional>
#include <string>

#include "telemetry/logger.hpp"

namespace horae::logging {

/// text: for people; logfmt: key=value throughout; json: an object a line.
enum class Form : std::uint8_t { text, logfmt, json };

/// One line, with the line feed that ends it, at so many ms since 1970. Whatever bytes it is made
/// of, it is one line of valid UTF-8, and in json a valid object: control characters, invisible
/// marks that turn text around and what is no UTF-8 are escaped.
[[nodiscard]] std::string line(Form form, std::uint64_t time_ms, Level level, std::string_view who,
                               std::string_view what, Details details);

/// Bytes from anywhere, made fit for a terminal and for one line.
[[nodiscard]] std::string printable(std::string_view bytes);

[[nodiscard]] std::string_view name_of(Level level);
[[nodiscard]] std::optional<Level> level_called(std::string_view name);
[[nodiscard]] std::optional<Form> form_called(std::string_view name);

}  // namespace horae::logging
