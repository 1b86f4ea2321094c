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

/// Finds sealed blocks in a log by their numbers. They rise with the records, so that bisection
/// needs no index; the block after the one found last is found by reading on.
class BlockFinder {
 public:
  /// last_seq: of the last record to look at.
  BlockFinder(const std::shared_ptr<Environment>& environment, std::uint64_t last_seq)
      : log_(environment), last_seq_(last_seq) {}

  /// A block that is not there is a fault.
  [[nodiscard]] Result<FoundBlock> find(std::uint64_t number);

 private:
  // The first block at or behind from, not behind to.
  Result<std::optional<FoundBlock>> first_in(std::uint64_t from, std::uint64_t to);

  LogReader log_;
  std::uint64_t last_seq_;
  std::uint64_t number_ = 0;  // of the block found last
  std::uint64_t seq_ = 0;
};

}  // namespace horae
