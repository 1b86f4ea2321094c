#pragma once

#include <boost/json.hpp>
#include <span>

#include "events/world.hpp"

// How facts and states look to people: one rendering for the RPC, the auditor and the inspector.
namespace horae {

/// Any message by its schema: Data as hex, $u256 as decimal strings, 64-bit numbers as numbers, a
/// union as its active member alone.
[[nodiscard]] boost::json::value to_json(const Message& message, capnp::StructSchema schema);

/// {"<fact's name>": {...}} of a record's payload.
[[nodiscard]] boost::json::value fact_json(Domain domain, const Message& payload);
[[nodiscard]] std::string domain_name(Domain domain);
/// The schema's name of a reason, as receipts and fates show it.
[[nodiscard]] std::string reason_name(Reason reason);

// States, each made by json.cpp in its domain's folder; those that are not named here look as their
// canonical message does.
/// The pool under the contracts' own names: numbers of the contracts as decimal strings (status a
/// number), addresses and bytes as lower-case hex; a reward that is not known is null.
[[nodiscard]] boost::json::object to_json(const Locking& state);
[[nodiscard]] boost::json::object to_json(const Blocks& chain);
/// Parameters, counters and the waiting transactions, sender by sender.
[[nodiscard]] boost::json::object to_json(const Mempool& pool);
/// As their canonical messages: a genesis or a proposed block that there is none of is null.
[[nodiscard]] boost::json::object to_json(const PoolAgreement& state);
[[nodiscard]] boost::json::object to_json(const PoolProgress& state);
[[nodiscard]] boost::json::object to_json(const StateHashes& hashes);

/// One member of the state's JSON: what it is called, whose facts change it, whether all honest
/// nodes of a pool agree on it, and its value.
struct StatePart {
  const char* name;
  Domain domain;
  bool shared;
  boost::json::value (*json)(const World& world);
};
/// The shared states, then the local ones, each in the order of the table of domains.
[[nodiscard]] std::span<const StatePart> state_parts();
/// {seq, stateHash, and each state}: what `horae-replay state --json` prints.
[[nodiscard]] boost::json::object to_json(const World& world);

}  // namespace horae
