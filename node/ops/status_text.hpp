#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace horae {

/// A node's status as `horae status` prints it: a few aligned lines.
[[nodiscard]] std::string status_text(const boost::json::object& status);

}  // namespace horae
