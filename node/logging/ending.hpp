#pragma once

#include <string_view>

#include "core/trouble.hpp"

namespace horae::logging {

/// Says why a command ends: what is wrong and where, its code, and what to do next; in the log
/// where there is one, and else on stderr. A start that a signal ended (Trouble::none) is no error.
/// Returns the exit code.
Exit ended(std::string_view command, const Failure& failure);

}  // namespace horae::logging
