#pragma once

#include <memory>

#include "node/config/load.hpp"

namespace CLI {
class App;
}

namespace horae::config {

/// Adds --config and a flag for each setting to a command; what is given ends in `given`, whose
/// variables are those of the process.
[[nodiscard]] std::shared_ptr<Given> add_flags(CLI::App& command);

}  // namespace horae::config
