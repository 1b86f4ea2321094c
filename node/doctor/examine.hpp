#pragma once

#include "node/config/load.hpp"
#include "node/doctor/check.hpp"

namespace horae::doctor {

/// Runs every check on a configuration that was read, in a fixed order, asking and reading only: a
/// node may run beside it.
[[nodiscard]] Findings examine(const config::Loaded& loaded);

/// What there is to say where the configuration cannot be read.
[[nodiscard]] Finding refused(const std::vector<config::Problem>& problems);

/// A table for people, what is not ok with what was expected and what to do.
[[nodiscard]] std::string as_text(const Findings& findings, bool colour);
/// One JSON object.
[[nodiscard]] std::string as_json(const Findings& findings);

}  // namespace horae::doctor
