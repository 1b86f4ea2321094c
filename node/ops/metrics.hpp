#pragma once

#include <string>

#include "node/ops/vitals.hpp"

namespace horae {

/// All metrics in Prometheus's text format 0.0.4. What they say of the log is what the world told
/// the board: nobody is asked, so that a scrape costs the same whatever the node is at.
[[nodiscard]] std::string metrics(const Vitals& vitals);

}  // namespace horae
