#pragma once

#include "events/pool/pool.hpp"

// How the shared rules change: members with more than two thirds of the power want the same change,
// or the node alone does, and with the first head of L1 at its block or above it holds.
namespace horae {

/// The version of the shared rules that this program knows, of all versions up to it. It rises by
/// one with each change of what settle makes of the same inputs; 1: since schema 8.
[[nodiscard]] std::uint32_t known_rules();

/// More are not taken before one of them holds.
constexpr std::size_t most_coming_changes = 16;

/// SHA-256 of the canonical message.
[[nodiscard]] Hash32 change_digest(schema::RuleChange::Reader change);
/// Takes a member's word for a change, or its taking that back; with enough behind it, the change
/// is to come. Alone, anybody's word is enough. Refuses a change of nothing, one from an L1 block
/// that is agreed on already, and rules of a version below the pool's (wrongContent). What its
/// rules say is not looked at: who does not know them yet has to come to the same.
[[nodiscard]] Decision decide_rules(const PoolAgreement& state, schema::RuleChange::Reader change,
                                    const PoolAsked& asked);
/// Reaction to a head of L1, agreed where there is a pool: the changes that hold from there on, in
/// the order of their blocks.
[[nodiscard]] Decision rules_due(const PoolAgreement& state, const L1Point& head,
                                 std::int32_t after);

/// What apply does for the facts of this.
void apply_wanted(PoolAgreement& state, schema::RulesWanted::Reader fact);
void apply_rules_agreed(PoolAgreement& state, schema::RulesAgreed::Reader fact);
void apply_changed(PoolAgreement& state, schema::RulesChanged::Reader fact);
/// Words for what has passed say nothing any more.
void forget_past_wishes(PoolAgreement& state, std::uint64_t l1_head);

}  // namespace horae
