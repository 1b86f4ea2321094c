#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "events/world.hpp"
#include "tools/replay/audit/finding.hpp"
#include "tools/replay/audit/verify.hpp"

// How answers look to people; their JSON for programs is events/json.hpp's.
namespace horae::replay {

/// UTC to the millisecond, as ISO 8601.
[[nodiscard]] std::string show_time(std::uint64_t time_ms);
/// A summary of the state of every domain, several lines.
[[nodiscard]] std::string show_world(const World& world);
[[nodiscard]] std::string show_verified(const Verified& verified);

[[nodiscard]] boost::json::object to_json(const Verified& verified);
[[nodiscard]] boost::json::object to_json(const Finding& finding);

}  // namespace horae::replay
