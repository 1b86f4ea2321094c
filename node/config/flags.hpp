#pragma once

#include <memory>

#include "core/cli/command.hpp"
#include "node/config/load.hpp"

namespace horae::config {

/// Adds a flag for each setting to a command; what is given ends in `given`, whose variables are
/// those of the process.
[[nodiscard]] std::shared_ptr<Given> add_setting_flags(cli::Command& command);

/// The same, and --config, which names the file of settings.
[[nodiscard]] std::shared_ptr<Given> add_flags(cli::Command& command);

}  // namespace horae::config
