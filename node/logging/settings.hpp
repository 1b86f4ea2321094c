#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "core/cli/command.hpp"
#include "core/result.hpp"
#include "node/config/limits.hpp"
#include "node/logging/format.hpp"

namespace horae::logging {

/// How a node logs. An actor or part that is not named in levels has the common level.
struct Settings {
  Form form = Form::text;
  Level level = Level::info;
  std::map<std::string, Level, std::less<>> levels;
  /// That nobody has read yet; of more, the oldest are lost and counted.
  std::size_t waiting_lines = Limits{}.log_lines;
};

/// Who can have a level of its own; those of which there are several, such as the doors, have one
/// together.
[[nodiscard]] std::span<const std::string_view> logger_names();
/// The name under which that one has its level: "door 2" is "door".
[[nodiscard]] std::string_view logger_name_of(std::string_view who);

/// Refuse what is not known, with the nearest that is.
[[nodiscard]] Result<Form> parse_form(std::string_view text);
[[nodiscard]] Result<Level> parse_level(std::string_view text);
/// "mempool=debug,L1 listener=warn"; empty: none.
[[nodiscard]] Result<std::map<std::string, Level, std::less<>>> parse_levels(std::string_view text);

/// --logs-format, --logs-level and --logs-levels for a command without a file of settings; the
/// variables (HORAE_LOGS_FORMAT, …) count there, too.
void add_flags(cli::Command& command, Settings& settings);

}  // namespace horae::logging
