#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <string>

#include "events/json.hpp"

// The state as `state --json` shows it, a domain at a time and a value at a time.
namespace horae::replay {

/// Every value that is no object or list, by its path: members behind a point, what stands in a
/// list in brackets: by its id, sequencerId, batchId, sender, address, hash, epoch, kind or number
/// where each has one of its own (locking.sequencers[1].reward), else by its place from 0.
using Leaves = std::map<std::string, boost::json::value>;
/// Of a value that stands at `path`, those at or below `wanted` (empty: all).
void add_leaves(Leaves& out, const boost::json::value& value, const std::string& path,
                const std::string& wanted = {});
/// Of one part of the state.
[[nodiscard]] Leaves part_leaves(const World& world, const StatePart& part,
                                 const std::string& wanted = {});

}  // namespace horae::replay
