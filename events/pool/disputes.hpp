#pragma once

#include "events/blocks/blocks.hpp"
#include "events/pool/pool.hpp"

// What members say against L2's blocks, where these may be revoked: that one came out otherwise
// than it is sealed, or that it is to be revoked whatever it comes out as. Either says that all
// before it are as they are sealed.
namespace horae {

/// A member's engine has another hash of the block. Nothing where it said so. Refuses: notOpen
/// (blocks are not revoked here), alreadyKnown (an older word than the sender's newest),
/// wrongContent (it is of another block than the one that is sealed), notAgreed (one more change of
/// mind than is taken).
[[nodiscard]] Decision decide_dispute(const PoolAgreement& state, schema::Attestation::Reader said,
                                      const PoolAsked& asked);
/// Its operator decided. Refuses: notMember, alreadyKnown, notOpen (the block is attested, or
/// cannot be revoked), wrongContent (another block than the one that is sealed), notAgreed (as
/// above).
[[nodiscard]] Decision decide_revocation(const PoolAgreement& state,
                                         schema::Revocation::Reader said, const PoolAsked& asked);
/// The refusal of a word against a block that cannot be revoked.
[[nodiscard]] Decision not_revocable(std::uint64_t block);
/// What members with more than two thirds of the power say against this block: one hash, or that it
/// is to be revoked.
[[nodiscard]] std::optional<Verdict> verdict_on(const PoolAgreement& state, std::uint64_t block);
/// The members with a voice that say something against this block, by what they say.
[[nodiscard]] std::map<std::optional<Hash32>, std::set<Address>> disputes_of(
    const PoolAgreement& state, std::uint64_t block);
/// The same in a sentence; empty: nobody does.
[[nodiscard]] std::string dispute_words(const PoolAgreement& state, std::uint64_t block);
void apply_disputed(PoolAgreement& state, schema::BlockDisputed::Reader fact);

}  // namespace horae
