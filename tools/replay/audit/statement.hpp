#pragma once

#include <atomic>
#include <optional>

#include "events/penalties/statement.hpp"
#include "events/rewards/statement.hpp"
#include "tools/replay/source.hpp"

// Accounts of single sequencers, told from the whole log.
namespace horae::replay {

/// Refuses (corrupt) a record that cannot be read; what the records say of one another is verify's
/// to check.
[[nodiscard]] Outcome<PenaltyStatement> penalty_statement(const Source& source,
                                                          const std::optional<U256>& sequencer,
                                                          std::atomic<std::uint64_t>* at);
/// Why the open period is not due stands in no log, since L1's time does not: the node tells it.
[[nodiscard]] Outcome<RewardStatement> reward_statement(const Source& source,
                                                        const std::optional<U256>& sequencer,
                                                        std::atomic<std::uint64_t>* at);

}  // namespace horae::replay
