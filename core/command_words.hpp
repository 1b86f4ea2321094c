#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace horae {

/// The words of a command line that no shell reads. Blanks separate them. Between single quotes
/// everything stands for itself; outside, a backslash makes the next character do so. Refuses what
/// else has a meaning to a shell ("$`*?~|&;<>()[]{}#!), so that nothing means less than it seems
/// to; a quote that is not closed; and a line without a word.
[[nodiscard]] Result<std::vector<std::string>> command_words(std::string_view line);

}  // namespace horae
