#pragma once

#include <boost/json/object.hpp>

#include "events/locking/locking.hpp"

namespace horae {

/// The pool under the contracts' own names: numbers of the contracts as decimal strings (status a
/// number), addresses and bytes as lower-case hex; a reward that is not known is null.
[[nodiscard]] boost::json::object to_json(const Locking& state);

}  // namespace horae
