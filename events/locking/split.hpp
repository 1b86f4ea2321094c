#pragma once

#include "events/locking/decode.hpp"

// Who got what of a sum that a log states as one number: read from the bytes of the call.
namespace horae {

/// The signers of the moment, as the fold before the log has them (retired keys are no signers).
using Signers = std::map<Address, U256>;

/// The parts of a reward batch from a transaction's input, a call of batchSubmitRewards that has
/// the event's batch and epochs and whose parts at the event's reward per block sum to its amount.
/// Otherwise nothing.
[[nodiscard]] std::optional<std::vector<RewardCredit>> split_of_call(BytesView input,
                                                                     const DistributedLog& event,
                                                                     const Signers& signers);

/// The same for a call that a contract of the MPC's makes: the call's bytes anywhere in the input.
/// Nothing, too, where two that fit disagree.
[[nodiscard]] std::optional<std::vector<RewardCredit>> split_inside(BytesView input,
                                                                    const DistributedLog& event,
                                                                    const Signers& signers);

/// How much of a Relocked was reward, from a call of relock for that sequencer.
[[nodiscard]] std::optional<U256> from_reward_of_call(BytesView input, const RelockedLog& event);

}  // namespace horae
