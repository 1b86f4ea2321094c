#pragma once

#include <optional>

#include "events/blocks/blocks.hpp"
#include "storage/log.hpp"

namespace horae {

struct FoundBlock {
  std::uint64_t number = 0;
  std::uint64_t seq = 0;
  Msg<schema::BlocksFact> fact;  // BlockSealed
};

/// Finds sealed blocks in a log by their numbers. They rise with the records, but for blocks that
/// were revoked, and these rise with their epochs: so bisection needs no index. The block after the
/// one found last is found by reading on.
class BlockFinder {
 public:
  /// last_seq: of the last record to look at. revoked: of that log, up to there and maybe beyond.
  BlockFinder(const std::shared_ptr<Environment>& environment, std::uint64_t last_seq,
              std::vector<RevokedBlocks> revoked = {})
      : log_(environment), last_seq_(last_seq), revoked_(std::move(revoked)) {}

  /// The block of that number that is not revoked. A block that is not there is a fault.
  [[nodiscard]] Result<FoundBlock> find(std::uint64_t number);
  /// The one of that epoch, revoked or not.
  [[nodiscard]] Result<FoundBlock> find(std::uint64_t number, std::uint64_t epoch);

 private:
  // The first block at or behind from, not behind to; with_revoked: whether revoked ones count.
  Result<std::optional<FoundBlock>> first_in(std::uint64_t from, std::uint64_t to,
                                             bool with_revoked = false);

  LogReader log_;
  std::uint64_t last_seq_;
  std::vector<RevokedBlocks> revoked_;
  std::uint64_t number_ = 0;  // of the block found last
  std::uint64_t seq_ = 0;
};

/// The block whose record this is; a fault where it is none.
[[nodiscard]] Result<FoundBlock> block_at(LogReader& log, std::uint64_t seq);
/// The block on which this one stands, by reading back from it; block 1 has none, which is a fault.
[[nodiscard]] Result<FoundBlock> parent_of(LogReader& log, const FoundBlock& block);

}  // namespace horae
