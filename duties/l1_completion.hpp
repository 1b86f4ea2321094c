#pragma once

#include "edges/ports.hpp"
#include "events/locking/locking.hpp"

namespace horae {

/// A block's logs as one command, and how many of them were foreign.
struct CompletedBlock {
  Msg<schema::LockingCommand> command;
  std::size_t events = 0;
  std::size_t foreign = 0;
};

/// Makes facts of a block's logs (LockingPool's and LockingInfo's, in the order of the chain) and
/// asks the endpoint for what they do not say: who got what of a reward batch, and which part of a
/// relock was reward. before: the fold up to the block before. What the endpoint cannot tell is
/// recorded as unknown; a fault means that it may tell later, or that a log does not decode.
[[nodiscard]] L1Result<CompletedBlock> complete(L1Port& l1, const Locking& before,
                                                const L1Header& block,
                                                const std::vector<EthLog>& logs);

}  // namespace horae
