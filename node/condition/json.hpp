#pragma once

#include <boost/json/object.hpp>

#include "node/condition/condition.hpp"

namespace horae {

/// `condition` in horae_status and in the ops port's /status.
[[nodiscard]] boost::json::object to_json(const Condition& condition);

}  // namespace horae
