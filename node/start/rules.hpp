#pragma once

#include <string>
#include <vector>

#include "core/message.hpp"
#include "events/shared.hpp"
#include "node/node.hpp"
#include "schemas/mempool.capnp.h"
#include "schemas/mpc.capnp.h"
#include "schemas/penalties.capnp.h"
#include "schemas/pool.capnp.h"
#include "schemas/submissions.capnp.h"

// What configures the rules of each domain, as the commands by which it enters the log: a rule
// reads its parameters from the state and from nowhere else. Where the log says the same already,
// they change nothing. Those of shared domains enter it by a genesis or a change of rules.
namespace horae {

[[nodiscard]] Msg<schema::MempoolCommand> mempool_rules(const SequenceOptions& options,
                                                        const Limits& limits);
/// What opens the chain, but for the engine's block 0.
[[nodiscard]] Msg<schema::SharedCommand> chain_rules(const SequenceOptions& options);
/// What configures the other shared rules, each with the settings that it is made of.
struct NamedRule {
  std::string settings;
  Msg<schema::SharedCommand> rule;
};
[[nodiscard]] std::vector<NamedRule> shared_rules(const SequenceOptions& options);
/// Those of which the state has nothing at all.
[[nodiscard]] std::vector<NamedRule> lacking_rules(const SharedState& state,
                                                   const SequenceOptions& options);
/// The settings that would make other rules than these, by name; empty: none.
[[nodiscard]] std::string other_rules(const SharedState& state, const SequenceOptions& options);
/// The key of the reward batches, held by this node alone; and the same as the successor of
/// another.
[[nodiscard]] Msg<schema::MpcCommand> reward_key(const SecretKey& key, std::uint64_t l1_chain_id);
[[nodiscard]] Msg<schema::MpcCommand> next_reward_key(const SecretKey& key,
                                                      std::uint64_t l1_chain_id);
[[nodiscard]] Msg<schema::SubmissionsCommand> submission_rules(const SequenceOptions& options);
[[nodiscard]] Msg<schema::ObservationsCommand> observation_rules(const SequenceOptions& options);

}  // namespace horae
