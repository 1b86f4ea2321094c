#pragma once

#include <boost/json/object.hpp>

#include "node/health/health.hpp"

namespace horae {

/// `condition` in horae_status and in the ops port's /status.
[[nodiscard]] boost::json::object to_json(const Health& condition);

}  // namespace horae
