#pragma once

#include "events/pool/pool.hpp"

// What members say of L2's blocks: which ones they have executed, with the outcome that is sealed.
namespace horae {

/// A member's word for the chain up to a block; nothing where it said so before, or where that is
/// attested already. Refuses: notMember, notOpen (the rules ask for no attestation), notNext (there
/// is no such block yet), wrongContent (another hash than the sealed one).
[[nodiscard]] Decision decide_attest(const PoolAgreement& state, schema::Attestation::Reader said,
                                     const PoolAsked& asked);
/// The last block up to which members with more than two thirds of the power have said so; 0: none.
[[nodiscard]] std::uint64_t attested_by_quorum(const PoolAgreement& state);

}  // namespace horae
