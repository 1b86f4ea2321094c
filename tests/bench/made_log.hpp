#pragma once

#include <cstdint>
#include <filesystem>

namespace horae::bench {

/// Writes a log of at least so many records into log/ of a data directory, made by the domains' own
/// decisions: a sequencer's life under load. Each block: 1 to 127 admissions (64 on average; some
/// replaced, some too late for the block), BlockSealed with its transactions, BlockCredited,
/// TxnsIncluded; an epoch every 100 blocks, L1's heads and relocks on the way, now and then a
/// skipped transaction; the state's hashes every 10,000 records, the tree's tiles. The same for the
/// same number, whenever it is made. Not synced.
void make_log(const std::filesystem::path& data_directory, std::uint64_t records);

}  // namespace horae::bench
