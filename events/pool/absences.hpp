#pragma once

#include "events/pool/pool.hpp"

// How a member that is away for long loses its voice: others with more than two thirds of the power
// tell, each by its own clock, that they have not seen it sign for as long as the genesis says.
namespace horae {

/// Takes whom a member holds to be away: all of them, those without a voice and itself left out.
/// Whoever more than two thirds of the power hold to be away is lost. Refuses where the genesis has
/// nobody lose its voice by that (byGenesis).
[[nodiscard]] Decision decide_absence(const PoolAgreement& state,
                                      schema::AbsentMembers::Reader told, const PoolAsked& asked);

/// What apply does for the facts of this.
void apply_told(PoolAgreement& state, schema::AbsenceTold::Reader fact);
void apply_lost(PoolAgreement& state, schema::MemberLost::Reader fact);
/// What concerns nobody any more who has a voice.
void forget_absences(PoolAgreement& state);

}  // namespace horae
