#pragma once

#include "events/pool/pool.hpp"

// How a turn ends before its blocks are made: members say that its leader makes nothing, or the
// leader gives it to the next.
namespace horae {

/// Takes a member's word that the running epoch's leader makes nothing though the head has stood
/// too long for it. Refuses: notMember, alreadyKnown (an older word), notOpen (members take no
/// turns, or none has begun), notNext (another epoch than the running one, or another block than
/// the head).
[[nodiscard]] Decision decide_stall(const PoolAgreement& state, schema::StallReport::Reader said,
                                    const PoolAsked& asked);
/// Takes the leader's word that the next one shall go on. Refuses: notMember, notOpen, notNext
/// (another epoch than the running one), notLeader.
[[nodiscard]] Decision decide_yield(const PoolAgreement& state, schema::TurnYield::Reader said,
                                    const PoolAsked& asked);
/// Reaction to such a word, or to who has a voice: the leader is replaced where members with more
/// than a third of the power say so of this epoch and this head: at least one of them is honest.
[[nodiscard]] Decision replaced_leader(const PoolAgreement& state, const RunningTurn& turn,
                                       std::int32_t after);

/// That the running epoch's leader is over, and who is passed over for it: turn's. members: who
/// said so.
[[nodiscard]] Decision replaced_by(const RunningTurn& turn, const std::set<Address>& members,
                                   std::int32_t after);

/// What apply does for the facts of this.
void apply_stall(PoolAgreement& state, schema::StallReported::Reader fact);
void apply_replaced(PoolAgreement& state, schema::LeaderReplaced::Reader fact);

}  // namespace horae
