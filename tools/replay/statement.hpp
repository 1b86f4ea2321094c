#pragma once

#include <atomic>
#include <optional>

#include "events/penalty_statement.hpp"
#include "tools/replay/source.hpp"

// Accounts of single sequencers, told from the whole log.
namespace horae::replay {

/// Refuses (corrupt) a record that cannot be read; what the records say of one another is verify's
/// to check.
[[nodiscard]] Outcome<PenaltyStatement> penalty_statement(const Source& source,
                                                          const std::optional<U256>& sequencer,
                                                          std::atomic<std::uint64_t>* at);

}  // namespace horae::replay
