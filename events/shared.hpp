#pragma once

#include "events/domains.hpp"

namespace horae {

/// Decides, applies, and runs the reactions of other shared domains to the end, in a fixed order;
/// then, where members take turns, begins the epoch that is due (events/turns.hpp): what results is
/// one commit. The sequence, a pool and the auditor call the same function. The
/// command may be anybody's, once parsed: where a field has not the form that its schema says
/// (core/message_shape.hpp), it is refused as malformed, by the field's name; whatever else it says
/// gives facts or a refusal.
[[nodiscard]] Decision settle(SharedState& state, schema::LockingCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::BlocksCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::RewardsCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::MpcCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::PenaltiesCommand::Reader command);
[[nodiscard]] Decision settle(SharedState& state, schema::PoolCommand::Reader command,
                              const InputSource& from);
/// The same for an input of a pool, by whoever sent it: members alone are heard (is_heard), what L1
/// says is reported, what configures a rule is the genesis's or agreed on, and a block is the
/// leader's. Of a block that is refused for what was agreed on before it, the refusal is a fact.
[[nodiscard]] Decision settle(SharedState& state, schema::SharedCommand::Reader command,
                              const InputSource& from);
/// Whether a pool hears this of the sender: anything of a member, and of a sequencer that is Active
/// that its node runs; of one that was lost for being away, too.
[[nodiscard]] bool is_heard(const SharedState& state, schema::SharedCommand::Reader command,
                            const Address& sender);
/// The first decisions of a pool, or of a node alone: the founding, then the genesis's rules in
/// their order. A fault where one of them is refused, or where they open no chain, or, in a pool,
/// do not bound its time by L1's.
[[nodiscard]] Result<std::vector<Decision>> found(SharedState& state,
                                                  schema::PoolGenesis::Reader genesis);
/// What the shared state says, for a decision of the pool.
[[nodiscard]] PoolAsked asked_of(const SharedState& state, schema::PoolCommand::Reader command,
                                 const InputSource& from);
/// What a block may choose at most, in bytes (select): in a pool it has to fit an input.
[[nodiscard]] std::uint64_t most_block_bytes(const SharedState& state);
/// What members compare: SHA-256 over domain, count and digest of each shared domain that has
/// facts, in their order. Nothing else changes it, the height neither.
[[nodiscard]] Hash32 app_hash(const DomainDigests& digests);
/// The same for an accusation whose evidence was checked before.
[[nodiscard]] Decision settle(SharedState& state, const Accusation& accusation);

/// What another shared domain says to a fact that was just applied; after: the fact's index in its
/// decision. Empty for most.
[[nodiscard]] Decision reaction(const SharedState& state, Domain domain, const Message& payload,
                                std::int32_t after);

/// What consensus itself shows: a member signed two votes of one round at a height of its. The
/// fault, as it is decided; nothing where no rule names it, or it is known.
[[nodiscard]] Decision duplicate_vote(const SharedState& state, const Address& signer,
                                      std::uint64_t height);
/// The same applied, with what follows from it.
[[nodiscard]] Decision settle_duplicate_vote(SharedState& state, const Address& signer,
                                             std::uint64_t height);
/// What a pool remembers of its leader's signed block that it refused (seal_refused): a fact, or
/// nothing.
[[nodiscard]] Decision refused_seal(const SharedState& state, schema::BlockHeader::Reader header,
                                    BytesView signature);
/// Whether it sets what configures a shared rule: a genesis and a change of rules have nothing
/// else.
[[nodiscard]] bool configures(schema::SharedCommand::Reader command);
/// A rule of a genesis or of an agreed change, which no member sets alone. No epoch begins by it:
/// by the decision that it is part of.
[[nodiscard]] Decision settle_rule(SharedState& state, schema::SharedCommand::Reader rule);

/// Applies one shared fact; stops on a domain or kind that is not shared or not known.
void apply(SharedState& state, Domain domain, const Message& payload);

/// What the locking domain says of a sequencer, for a block's decision.
[[nodiscard]] SequencerStanding standing(const Locking& locking, const Address& sequencer);
/// The same with the heads of L1 that a pool's block may name.
[[nodiscard]] SequencerStanding standing(const SharedState& state, const Address& sequencer);
/// What the shared state says of the signer, for an accusation's decision.
[[nodiscard]] Accused accused(const SharedState& state, const ShownFault& shown);
[[nodiscard]] Accused accused(const SharedState& state, const Address& signer);
/// Why two signed blocks of one number are no fault here: the pool refused one of them before there
/// was another, or, where members take turns, they are of different epochs. Empty: they may be one.
[[nodiscard]] std::string why_excused(const SharedState& state, schema::Evidence::Reader evidence);
/// What the slot's transaction does by this log; none where the log knows no such slot now.
[[nodiscard]] std::optional<Msg<schema::Content>> content_of(const SharedState& state,
                                                             const SlotName& slot);

}  // namespace horae
