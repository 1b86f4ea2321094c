#pragma once

#include "events/record.hpp"
#include "schemas/node.capnp.h"

namespace horae {

template <>
inline constexpr Domain domain_of<schema::NodeFact> = Domain::NODE;

/// Whose log this is: what LogOpened says.
struct Identity {
  std::uint64_t l1_chain_id = 0;
  std::uint64_t l2_chain_id = 0;  // 0: nothing is sequenced here
  std::uint64_t from_block = 0;
  std::uint64_t genesis_time = 0;  // seconds
  std::string engine;
  Address locking_pool, locking_info;
  Hash32 l2_genesis;
  Hash32 log_public_key;  // Ed25519
};

void write(schema::LogOpened::Builder out, const Identity& identity);
[[nodiscard]] Identity to_identity(schema::LogOpened::Reader opened);

/// This node's own life: the fold of its facts.
struct NodeState {
  bool open = false;
  Identity identity;
  std::uint64_t starts = 0;
  std::string version;
  std::uint64_t hashed_seq = 0;  // what the last StateHashed is of; 0: none
};

/// The log's first fact.
[[nodiscard]] Decision open_log(const NodeState& node, const Identity& identity);
/// One a start.
[[nodiscard]] Decision start_node(const NodeState& node, const std::string& version);
/// The state's hashes and the shared domains' digests at an earlier record; refused where those of
/// a later record are known.
[[nodiscard]] Decision hash_state(const NodeState& node, std::uint64_t seq, const Hash32& shared,
                                  const Hash32& local, const DomainDigests& digests = {});
/// What StateHashed says of the shared domains; none in one from before it did.
[[nodiscard]] DomainDigests digests_of(schema::StateHashed::Reader hashed);
/// What differs between the log's identity and the wanted one, in words; empty where nothing does.
/// The log's own key is not compared: it is made with the log.
[[nodiscard]] std::string difference(const Identity& log, const Identity& wanted);

void apply(NodeState& node, schema::NodeFact::Reader fact);
[[nodiscard]] Message state_message(const NodeState& node);
/// The way back from state_message (see events/snapshot.hpp), of a log that was opened.
[[nodiscard]] NodeState restore(schema::NodeState::Reader state);

}  // namespace horae
