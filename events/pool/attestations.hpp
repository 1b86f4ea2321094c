#pragma once

#include "events/pool/pool.hpp"

// What members say of L2's blocks: which ones they have executed, with the outcome that is sealed.
namespace horae {

/// A member's word for the chain up to a block; nothing where it said so before, or where that is
/// attested already. Refuses: notMember, notOpen (the rules ask for no attestation), notNext (there
/// is no such block yet), alreadyKnown (an older word than one by which it disputes a block),
/// wrongContent (another hash than the sealed one: where blocks may be
/// revoked, that is a dispute instead (disputes.hpp)).
[[nodiscard]] Decision decide_attest(const PoolAgreement& state, schema::Attestation::Reader said,
                                     const PoolAsked& asked);
/// The last block up to which members with more than two thirds of the power have said so; 0: none.
[[nodiscard]] std::uint64_t attested_by_quorum(const PoolAgreement& state);

}  // namespace horae
