#pragma once

#include "edges/ports.hpp"
#include "events/locking/decode.hpp"
#include "events/locking/locking.hpp"

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
