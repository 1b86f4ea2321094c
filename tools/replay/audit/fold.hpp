#pragma once

#include <atomic>

#include "events/world.hpp"
#include "tools/replay/audit/finding.hpp"
#include "tools/replay/source.hpp"

namespace horae::replay {

/// Folds the record into the world after every check that needs no other record; what is wrong with
/// it otherwise.
[[nodiscard]] tl::expected<void, Finding> fold_checked(World& world, const LogValue& value);

/// The world at a settled position.
[[nodiscard]] Outcome<World> fold_to(const Source& source, std::uint64_t seq,
                                     std::atomic<std::uint64_t>* at);

}  // namespace horae::replay
