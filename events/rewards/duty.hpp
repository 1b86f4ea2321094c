#pragma once

#include "events/mpc/mpc.hpp"
#include "events/rewards/rewards.hpp"
#include "events/submissions/submissions.hpp"

namespace horae {

/// What the reward accountant has to do next, from committed values alone: have its key follow the
/// log's where LockingPool has changed to it, close a period that is due (by the time of the
/// confirmed L1 head), submit a composition that nothing live
/// carries to L1, reopen one that came to nothing, or wait, with the reason in words. A composition
/// is given up only when its transaction reverted, or when it cannot succeed any more and nothing
/// that we sent of it can reach L1. pool_mpc: LockingPool's mpcAddress, the only one whose batches
/// it takes. own: the key that this node holds for them.
[[nodiscard]] Msg<schema::RewardDuty> reward_duty(const Rewards& rewards, const PoolStanding& pool,
                                                  const Submissions& submissions, const Mpc& mpc,
                                                  const Address& pool_mpc, const Address& own);

}  // namespace horae
