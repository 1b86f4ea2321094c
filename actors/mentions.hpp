#pragma once

#include <vector>

#include "events/record.hpp"
#include "storage/log.hpp"
#include "storage/lookups.hpp"

// What is entered into the lookups for each record, and under what: the world enters it, the
// archive finds records by it.
namespace horae {

/// One entry for each hash that the record names, and one for each statement that is told from it.
[[nodiscard]] std::vector<LookupEntry> mentions_of(const RecordView& record);

/// Under what the records of a statement are entered, as if they named this hash. Statement:
/// RewardStatement or PenaltyStatement.
template <class Statement>
[[nodiscard]] const Hash32& topic();

/// Enters what the lookups lack of the log, before the world is spawned: records up to the state's.
Result<void> catch_up(Lookups& lookups, LogReader& log, std::uint64_t until_seq);

}  // namespace horae
