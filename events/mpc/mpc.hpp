#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>

#include "core/eth/txn.hpp"
#include "events/decision.hpp"
#include "schemas/mpc.capnp.h"

namespace horae {

template <>
inline constexpr Domain domain_of<schema::MpcFact> = Domain::MPC;

using schema::MpcPurpose;

struct SlotName {
  MpcPurpose purpose = MpcPurpose::COMMON;
  Address key;
  U256 batch_id;
  std::uint32_t composition = 0;
  std::strong_ordering operator<=>(const SlotName&) const = default;
  bool operator==(const SlotName&) const = default;
};
[[nodiscard]] SlotName to_slot(schema::Slot::Reader slot);
void write(schema::Slot::Builder out, const SlotName& slot);
[[nodiscard]] std::string to_text(const SlotName& slot);
/// The schema's name of a purpose.
[[nodiscard]] std::string purpose_name(MpcPurpose purpose);

struct MpcKey {
  Address address;
  PublicKey public_key;
  std::uint64_t l1_chain_id = 0;
  std::uint32_t threshold = 1;
  std::vector<Address> members;
  bool operator==(const MpcKey&) const = default;
};

[[nodiscard]] MpcKey to_key(schema::KeyCreated::Reader created);

/// How many slots of a purpose are remembered, by their batch ids. An older batch is refused
/// whatever it says: forgetting never lets a second content in.
inline constexpr std::size_t kept_slots = 256;

/// Which content each slot has, for ever.
struct SlotTable {
  std::map<SlotName, Hash32> contents;
  std::map<MpcPurpose, U256> oldest;  // batches below it are too old

  /// Nothing where the slot may have this content; else why not.
  [[nodiscard]] std::optional<std::string> refusal(const SlotName& slot,
                                                   const Hash32& content) const;
  void bind(const SlotName& slot, const Hash32& content);
};

/// Shared: the keys and what was signed with them.
struct Mpc {
  /// No more signatures are taken of one slot. Its transaction is sent with a few dozen fees at
  /// most, each a tenth above the one before, for each nonce that it loses.
  static constexpr std::size_t most_outcomes = 1024;

  std::map<MpcPurpose, MpcKey> keys;
  SlotTable signed_slots;
  std::map<SlotName, std::set<Hash32>> outcomes;  // SHA-256 of every SlotSigned of these slots
};
/// What a decision on this slot goes by: the purpose's key, and what was signed of the slot.
[[nodiscard]] Mpc part_of(const Mpc& state, const SlotName& slot);

/// Local: this node's rounds.
struct MpcRounds {
  std::uint64_t rounds = 0;
  std::uint64_t timed_out = 0;
  std::map<std::uint64_t, Msg<schema::RoundOpened>> open;
  SlotTable bound;  // what this node may have signed
};

/// The key that a slot names, if it is its purpose's own; else null.
[[nodiscard]] const MpcKey* key_of(const Mpc& state, const SlotName& slot);
/// SHA-256 of the canonical SlotSigned: what tells one signature of a slot from another.
[[nodiscard]] Hash32 outcome_hash(schema::SlotSigned::Reader outcome);
/// SHA-256 of the canonical Content.
[[nodiscard]] Hash32 content_hash(const Msg<schema::Content>& content);
/// The L1 transaction (EIP-1559) of a content and an attempt, unsigned.
[[nodiscard]] Txn to_txn(std::uint64_t l1_chain_id, schema::Content::Reader content,
                         schema::Attempt::Reader attempt);

/// One key a purpose (wrongKey else); another one follows it where the contract that takes its
/// transactions has changed to it (pool_mpc: LockingPool's mpcAddress, for reward batches, zero
/// while nobody knows it; notDue else). A signature is accepted for the content that expected says,
/// which is what this log composes for the slot (none: the log knows no such slot), by the
/// purpose's key, and never a second content (slotTaken) or more than most_outcomes (tooLarge).
[[nodiscard]] Decision decide(const Mpc& state, schema::MpcCommand::Reader command,
                              const std::optional<Msg<schema::Content>>& expected,
                              const Address& pool_mpc = {});
/// Opens a round for the content that this log composes, and for no other; a slot that this node
/// may have signed keeps its content (slotTaken), also after a crash and a timeout. One round at a
/// time for a slot; the same round again is accepted without facts.
[[nodiscard]] Decision decide(const MpcRounds& state, schema::RoundsCommand::Reader command,
                              const Mpc& keys, const std::optional<Msg<schema::Content>>& expected);

/// Whether facts of this kind are shared and fold into Mpc; the others fold into MpcRounds.
[[nodiscard]] bool is_shared(schema::MpcFact::Which kind);
void apply(Mpc& state, schema::MpcFact::Reader fact);
void apply(MpcRounds& state, schema::MpcFact::Reader fact);
[[nodiscard]] Message state_message(const Mpc& state);
[[nodiscard]] Message state_message(const MpcRounds& state);
/// The way back from state_message (see events/snapshot.hpp).
[[nodiscard]] Mpc restore(schema::MpcState::Reader state);
[[nodiscard]] MpcRounds restore(schema::RoundsState::Reader state);

}  // namespace horae
