#pragma once

#include "edges/ports.hpp"
#include "events/locking/decode.hpp"
#include "events/locking/locking.hpp"

// Finds where the contracts' life begins and what their values were there, once in a log's life.
//
// Why: LockingPool and LockingInfo emit no events for what their initialisers set, so the first
// values must be read from the contracts themselves, at a block before anything has changed them.
//
// How: the block of the deployment is found by halving between from_block and the head: of a chain
// of 20 million blocks in about 25 rounds of two questions. An endpoint that keeps no old state
// cannot answer them; then the proxies' first logs are searched range by range from from_block on,
// which takes as long as reading all logs up to there. Every fault is the caller's to try again,
// from the beginning.
//
// Limits: refuses a from_block that lies above the deployment, since what happened before it would
// be missing for ever.
namespace horae {

/// An opening, or nothing where one of the proxies has no code at the head yet.
using Opening = std::optional<Msg<schema::LockingCommand>>;

/// What no event says: finds the first block, from_block or later, at which both proxies have code,
/// and reads the contracts' first values there. Where that state is gone, or where the contracts'
/// life begins within that very block, the initialisers' constants stand in, marked as assumed; the
/// addresses, which never change, are then read at the head.
[[nodiscard]] L1Result<Opening> find_opening(L1Port& l1, const PoolContracts& contracts,
                                             std::uint64_t from_block, const L1Header& head);

}  // namespace horae
