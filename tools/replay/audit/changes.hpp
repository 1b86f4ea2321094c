#pragma once

#include <functional>
#include <set>
#include <vector>

#include "tools/replay/audit/parts.hpp"
#include "tools/replay/source.hpp"

// Which records change which values of the state.
namespace horae::replay {

/// A record that changed values: what they were and are, null where there was or is none.
struct Change {
  std::uint64_t seq = 0;
  std::uint64_t time_ms = 0;
  Domain domain = Domain::NONE;
  std::string fact;  // its name
  struct Value {
    boost::json::value before, after;
  };
  std::map<std::string, Value> values;  // by path
};

/// Folds the records behind world.seq up to `to` and shows each that changes a value of one of
/// these parts, at or below `wanted` where that is not empty. A part is looked at after every
/// record of its domain, so this takes as long as rendering it so often.
[[nodiscard]] Outcome<void> follow_changes(World& world, const Source& source, std::uint64_t to,
                                           const std::vector<const StatePart*>& parts,
                                           const std::string& wanted,
                                           const std::function<void(Change)>& show,
                                           std::atomic<std::uint64_t>* at);

}  // namespace horae::replay
