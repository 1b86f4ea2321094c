#pragma once

#include "core/message.hpp"
#include "node/node.hpp"
#include "schemas/blocks.capnp.h"
#include "schemas/mempool.capnp.h"
#include "schemas/mpc.capnp.h"
#include "schemas/penalties.capnp.h"
#include "schemas/rewards.capnp.h"
#include "schemas/submissions.capnp.h"

// What configures the rules of each domain, as the commands by which it enters the log: a rule
// reads its parameters from the state and from nowhere else. Where the log says the same already,
// they change nothing.
namespace horae {

[[nodiscard]] Msg<schema::MempoolCommand> mempool_rules(const SequenceOptions& options,
                                                        const Limits& limits);
/// genesis: the engine's block 0.
[[nodiscard]] Msg<schema::BlocksCommand> chain_rules(const SequenceOptions& options,
                                                     const EngineBlock& genesis);
[[nodiscard]] Msg<schema::BlocksCommand> epoch_rules(const SequenceOptions& options);
[[nodiscard]] Msg<schema::BlocksCommand> l1_rules(const SequenceOptions& options);
[[nodiscard]] Msg<schema::BlocksCommand> seal_rules(const SequenceOptions& options);
[[nodiscard]] Msg<schema::RewardsCommand> reward_rules(const SequenceOptions& options);
[[nodiscard]] Msg<schema::PenaltiesCommand> fault_rules();
/// The key of the reward batches, held by this node alone; and the same as the successor of
/// another.
[[nodiscard]] Msg<schema::MpcCommand> reward_key(const SecretKey& key, std::uint64_t l1_chain_id);
[[nodiscard]] Msg<schema::MpcCommand> next_reward_key(const SecretKey& key,
                                                      std::uint64_t l1_chain_id);
[[nodiscard]] Msg<schema::SubmissionsCommand> submission_rules(const SequenceOptions& options);
[[nodiscard]] Msg<schema::ObservationsCommand> observation_rules(const SequenceOptions& options);

}  // namespace horae
