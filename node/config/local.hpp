#pragma once

#include "node/config/load.hpp"

namespace horae::config {

/// What this machine alone shows to be wrong with what a node would run with, beside load's
/// problems: keystores and a password file that are not there, cannot be read, or that others may
/// read; and variables of the environment that are called like a setting's and are none. Opens no
/// keystore and asks nobody.
[[nodiscard]] std::vector<Problem> look_locally(const Loaded& loaded,
                                                const char* const* environment);

}  // namespace horae::config
