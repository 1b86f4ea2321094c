#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "telemetry/board.hpp"

namespace horae {

/// How many members may be away, whichever they are, with the others still having more than two
/// thirds of the power.
[[nodiscard]] std::size_t may_fail(const Board::Consensus& pool);

/// How many of the newest blocks of which this process saw the signatures have not this member's.
[[nodiscard]] std::uint64_t missed_blocks(const Board::Consensus& pool,
                                          const Board::PoolMember& member);
/// Whether it is away. A member that runs is left out of a block now and then, since more than two
/// thirds are enough: of 20 in a row only when it is away, or too slow to count, and of 5 when it
/// is not connected either.
[[nodiscard]] bool is_away(const Board::Consensus& pool, const Board::PoolMember& member);

/// What `horae pool status --json` and horae_pool tell of a pool: name, state and reason, leader,
/// epoch (of L2's blocks), lastFailover (the last leader that was replaced while this process ran:
/// timeMs, epoch, the block that L2 stood at, from, to; null: none was), height, tip (that
/// consensus itself has), catchingUp, waiting (inputs of this node that are not ordered yet),
/// forwarding (what its users sent it and the leader has, has not, or refused), place, mayFail,
/// restarts (of CometBFT), signer (state, reason, the last height that it signed for), and members
/// with address, power, height (the last with its signature), connected (null where its endpoint is
/// not told), away, differing, endpoint, link (where its node is dialled) and linked.
[[nodiscard]] boost::json::object pool_json(const Board::Consensus& pool,
                                            const Board::Forwarding& forwarding,
                                            const Board::Copies& copies);
/// Of such an object: how many members there are, and how many may be away; or that there are none
/// yet.
[[nodiscard]] std::string members_words(const boost::json::object& pool);
/// All of it for people.
[[nodiscard]] std::string pool_text(const boost::json::object& pool);

}  // namespace horae
