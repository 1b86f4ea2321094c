#pragma once

#include <functional>

#include "edges/ports.hpp"
#include "events/locking/open_pool.hpp"

// Holds the fold of the contracts' events against what the contracts themselves answer.
//
// Why: if an event was missed, decoded wrongly or folded by a wrong rule, nothing in the log shows
// it. The contracts' views at the same block do.
//
// Limits: one answer a sequencer, a signer and a whitelisted address, so it is not done for each
// block (duties/l1_follow.hpp says when). Of sequencers that the fold does not
// know, so many are asked that there are 10,000 in all (most_sequencers). Rewards that the fold
// does not know, since a batch's parts were unknown, are not compared. Nothing is tried again here.
namespace horae {

/// A field in which the contracts and the fold of their logs disagree.
struct Difference {
  std::string field, contract, folded;
  bool standing = false;  // of who may make blocks: a sequencer's existence, status or signer
};
/// "sequencers(2).status is 1 in the contracts and 2 in the log, and 3 more". Of at least one.
[[nodiscard]] std::string words_of(const std::vector<Difference>& differences);

/// What a comparison at the confirmed head came to.
struct L1Comparison {
  std::uint64_t block = 0;
  std::vector<Difference> differences;
  std::string uncompared;  // why the endpoint does not answer the views there; empty if it does
};

/// Compares every view of the contracts at the end of a block with the pool as folded up to it.
[[nodiscard]] L1Result<std::vector<Difference>> compare_views(L1Port& l1, const OpenPool& folded,
                                                              const L1Header& block);

/// What the listener has to say beyond the Board: each comparison at the confirmed head, once L1
/// was read again where there was a difference; and once if it can go on no more.
struct L1News {
  L1Comparison compared;
  std::string alarm;  // why it stopped; empty if it did not
};
using L1Told = std::function<void(const L1News&)>;

}  // namespace horae
