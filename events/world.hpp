#pragma once

#include "events/domains.hpp"
#include "events/record.hpp"
#include "events/shared.hpp"

namespace horae {

/// The fold of the whole log up to seq: the read side of the node and all of the auditor.
struct World {
  SharedState shared;
  LocalState local;
  std::uint64_t seq = 0;      // of the last record folded
  std::uint64_t time_ms = 0;  // of that record
  bool settled = true;        // whether a decision ends at seq
  Hash32 head;                // hash of that record
};

/// How much is checked of a record before it is folded.
enum class Trust {
  log,    // this process or its hash chain vouches for the payload: no walk
  bytes,  // from a stranger: schema, canonical form, kind = tag
};

/// Walks over a payload from a stranger (8-aligned) against its domain's schema.
[[nodiscard]] Result<void> check_fact(Domain domain, BytesView payload);
/// Copies a payload from a stranger after the walk against its domain's schema.
[[nodiscard]] Result<Message> checked_fact(Domain domain, BytesView payload);

/// Folds the next record: its sequence number, its chain link and its time must follow the world's.
/// Facts are applied by the same functions that the deciders use.
[[nodiscard]] Result<void> fold(World& world, const RecordView& record, Trust trust);

/// The same where the payload was checked and the record hashed before, by another thread perhaps.
[[nodiscard]] Result<void> fold_prepared(World& world, const RecordView& record,
                                         const Message& payload, const Hash32& hash);

/// Applies one fact to whatever domain it is of.
void apply(World& world, Domain domain, const Message& payload);

struct StateHashes {
  Hash32 shared, local;
  bool operator==(const StateHashes&) const = default;
};

/// SHA-256 over each domain's canonical state in domain order, each preceded by its domain and
/// length; for shared domains the running digest and count follow. A domain that has no facts yet
/// stands in no hash, so that a log from before there was such a domain keeps its own; those that
/// the table (events/domains.hpp) marks as hashed_always do.
[[nodiscard]] Hash32 state_hash(const SharedState& shared);
[[nodiscard]] Hash32 state_hash(const LocalState& local);
[[nodiscard]] inline StateHashes state_hashes(const World& world) {
  return {state_hash(world.shared), state_hash(world.local)};
}

}  // namespace horae
