#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "telemetry/board.hpp"

namespace horae {

/// How many members may be away, whichever they are, with the others still having more than two
/// thirds of the power.
[[nodiscard]] std::size_t may_fail(const Board::Consensus& pool);

/// What `horae pool status --json` and horae_pool tell of a pool: name, state and reason, leader,
/// epoch (0: leaders do not take turns yet), height, tip (that consensus itself has), place,
/// mayFail, and members with address, power, height (the last with its signature), connected (null
/// where its endpoint is not told), differing, and endpoint.
[[nodiscard]] boost::json::object pool_json(const Board::Consensus& pool);
/// The same for people.
[[nodiscard]] std::string pool_text(const boost::json::object& pool);

}  // namespace horae
