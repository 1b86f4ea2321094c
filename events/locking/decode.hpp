#pragma once

#include "core/eth/log.hpp"
#include "events/locking/locking.hpp"

namespace horae {

struct PoolContracts {
  Address pool, info;  // the proxies
};

/// BatchSubmitReward's companion: what a reward batch says of itself.
struct DistributedLog {
  U256 batch, start_epoch, end_epoch, amount, rpb;
};
struct RelockedLog {
  U256 id, amount;
};
/// Nothing for other logs and for those that do not decode.
[[nodiscard]] std::optional<DistributedLog> distributed_log(const EthLog& log,
                                                            const PoolContracts& contracts);
[[nodiscard]] std::optional<RelockedLog> relocked_log(const EthLog& log,
                                                      const PoolContracts& contracts);

struct RewardCredit {
  U256 id, blocks, amount;
  bool operator==(const RewardCredit&) const = default;
};

/// What the edge has found out about a log that does not say all: the split of DistributeReward or
/// Relocked.
struct LogCompletion {
  schema::SplitSource source = schema::SplitSource::UNKNOWN;
  std::vector<RewardCredit> credits;
  U256 from_reward = 0;
};

/// The fact of a log of the two proxies; an empty message for a foreign one (a contract's
/// Initialized, OwnershipTransferred, AdminChanged, or what a newer implementation adds). A log
/// with one of our topics that does not decode is a fault. Times are seconds.
[[nodiscard]] Result<Msg<schema::LockingFact>> decode_log(const EthLog& log,
                                                          std::uint64_t timestamp,
                                                          const PoolContracts& contracts,
                                                          const LogCompletion& completion = {});

}  // namespace horae
