#pragma once

#include "edges/ports.hpp"
#include "events/locking/open_pool.hpp"

// Makes facts of one L1 block's logs, and finds out what the logs do not say.
//
// Why: two events of the contracts state a sum without its parts. DistributeReward has the whole
// batch but not who got what; Relocked has the amount but not how much of it was reward. Facts must
// say it, since the fold sees nothing but facts.
//
// How, in this order: the input of the transaction, if it called LockingPool directly; for a batch
// the same call found inside the input, as the multi-party signers' wallet wraps it; for a batch
// the differences of sequencers(id) between the block before and this one, if nothing else in the
// block changes rewards; for a relock the token's Transfer that LockingInfo pulls. What is found
// must add up to the event's sum, else the next way is tried. Where none is left, the parts are
// recorded as unknown.
//
// Limits: the third way asks for every sequencer of the pool (twice, where a reward is not known)
// and needs an endpoint with the state of that block. Nothing is tried again here: a fault of the
// endpoint is returned, and the caller comes back with the whole block.
namespace horae {

/// A block's logs as one command, and how many of them were foreign.
struct CompletedBlock {
  Msg<schema::LockingCommand> command;
  std::size_t events = 0;
  std::size_t foreign = 0;
};

/// Makes facts of a block's logs (LockingPool's and LockingInfo's, in the order of the chain) and
/// asks the endpoint for what they do not say: who got what of a reward batch, and which part of a
/// relock was reward. before: the pool with every event up to the block before; this block's own
/// events are folded on it, so that each log meets the pool right before it, and it ends with the
/// call. What the endpoint cannot tell is recorded as unknown; a fault means that it may tell
/// later, or that a log does not decode.
[[nodiscard]] L1Result<CompletedBlock> complete(L1Port& l1, OpenPool before, const L1Header& block,
                                                const std::vector<EthLog>& logs);

}  // namespace horae
