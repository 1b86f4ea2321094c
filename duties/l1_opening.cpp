#include "duties/l1_opening.hpp"

#include <algorithm>

#include "duties/l1_views.hpp"

namespace horae {
namespace {

bool refused(const L1Fault& fault) { return fault.kind == L1Fault::refused; }

/// What the initialisers set (LockingPool.initialize, LockingInfo.initialize).
ContractParameters initial_constants(std::uint64_t block) {
  const U256 ether("1000000000000000000");
  ContractParameters out;
  out.batch = {1, block, 0, 0};
  out.min_lock = 20'000 * ether;
  out.max_lock = 100'000 * ether;
  out.exit_delay_period = 21 * 24 * 60 * 60;
  out.reward_per_block = U256(761'000) * U256(1'000'000'000);
  out.signer_update_throttle = 1;
  return out;
}

class Search {
 public:
  Search(L1Port& l1, const PoolContracts& contracts, std::uint64_t from_block, const L1Header& head)
      : l1_(l1), contracts_(contracts), from_(from_block), head_(head) {}

  L1Result<Opening> run() {
    const auto there = both_have_code(head_.number);
    if (!there) return tl::unexpected(there.error());
    if (!*there || head_.number < from_) return Opening();
    const auto deployed = deployment();
    if (!deployed) return tl::unexpected(deployed.error());
    if (!*deployed) return Opening();
    return open_at(**deployed);
  }

 private:
  L1Result<bool> both_have_code(std::uint64_t block) {
    auto pool = l1_.has_code(contracts_.pool, block);
    if (!pool || !*pool) return pool;
    return l1_.has_code(contracts_.info, block);
  }

  /// The first block with both proxies, by halving. Without archive state: the later of their first
  /// logs, since a proxy's constructor emits Upgraded.
  L1Result<std::optional<std::uint64_t>> deployment() {
    auto low = from_, high = head_.number;  // at high both are there
    auto there = both_have_code(low);
    if (there && *there) return too_late(low);
    while (there && low + 1 < high) {
      const auto middle = low + (high - low) / 2;
      there = both_have_code(middle);
      if (there) (*there ? high : low) = middle;
    }
    if (there) return high;
    if (!refused(there.error())) return tl::unexpected(there.error());
    return first_logs();
  }

  L1Result<std::optional<std::uint64_t>> too_late(std::uint64_t first) {
    if (first > 0) {
      const auto before = both_have_code(first - 1);
      if (!before && !refused(before.error())) return tl::unexpected(before.error());
      if (before && *before) {
        return tl::unexpected(
            L1Fault{L1Fault::refused,
                    "block " + std::to_string(first) +
                        " is not the beginning: both contracts have code before it",
                    {}});
      }
    }
    return first;
  }

  L1Result<std::optional<std::uint64_t>> first_logs() {
    std::optional<std::uint64_t> pool, info;
    for (auto next = from_; next <= head_.number;) {
      const auto logs = l1_.logs(next, head_.number, {contracts_.pool, contracts_.info});
      if (!logs) return tl::unexpected(logs.error());
      for (const auto& log : logs->logs) {
        auto& first = log.address == contracts_.pool ? pool : info;
        if (!first) first = log.block;
      }
      if (pool && info) return std::max(*pool, *info);
      next = logs->to + 1;
    }
    return std::optional<std::uint64_t>();
  }

  /// Whether an event that changes values stands at or below the block.
  L1Result<bool> has_begun(std::uint64_t block) {
    for (auto next = from_; next <= block;) {
      const auto logs = l1_.logs(next, block, {contracts_.pool, contracts_.info});
      if (!logs) return tl::unexpected(logs.error());
      for (const auto& log : logs->logs) {
        const auto fact = decode_log(log, 0, contracts_);
        if (fact && !fact->empty() && fact->read().which() != schema::LockingFact::UPGRADED) {
          return true;
        }
      }
      next = logs->to + 1;
    }
    return false;
  }

  L1Result<Opening> open_at(std::uint64_t number) {
    const auto header = l1_.block(number);
    if (!header) return tl::unexpected(header.error());
    if (!*header) return Opening();
    const ViewContracts contracts{contracts_.pool, contracts_.info};
    auto addresses = read_addresses(l1_, contracts, **header);
    if (!addresses && refused(addresses.error())) addresses = read_addresses(l1_, contracts, head_);
    if (!addresses) return tl::unexpected(addresses.error());
    const auto begun = has_begun(number);
    if (!begun) return tl::unexpected(begun.error());
    bool assumed = *begun;
    L1Result<ContractParameters> parameters = initial_constants(number);
    if (!assumed) {
      parameters = read_parameters(l1_, contracts, **header);
      assumed = !parameters && refused(parameters.error());
      if (assumed) parameters = initial_constants(number);
    }
    if (!parameters) return tl::unexpected(parameters.error());
    return message(**header, *addresses, *parameters, assumed);
  }

  Msg<schema::LockingCommand> message(const L1Header& block, const ContractAddresses& addresses,
                                      const ContractParameters& parameters, bool assumed) const {
    return Msg<schema::LockingCommand>::build([&](auto root) {
      auto opened = root.initOpen();
      opened.setBlock(block.number);
      opened.setTimestamp(block.timestamp);
      opened.setPaused(parameters.paused);
      opened.setAssumed(assumed);
      opened.setLockingPool(data(contracts_.pool));
      opened.setLockingInfo(data(contracts_.info));
      opened.setManager(data(addresses.manager));
      opened.setEscrow(data(addresses.escrow));
      opened.setBridge(data(addresses.bridge));
      opened.setL1Token(data(addresses.l1_token));
      opened.setL2Token(data(addresses.l2_token));
      opened.setMpcAddress(data(parameters.mpc));
      opened.setRewardPayer(data(parameters.reward_payer));
      opened.setL2ChainId(data(to_word(addresses.l2_chain_id)));
      auto batch = opened.initCurBatchState();
      batch.setId(data(to_word(parameters.batch.id)));
      batch.setNumber(data(to_word(parameters.batch.number)));
      batch.setStartEpoch(data(to_word(parameters.batch.start_epoch)));
      batch.setEndEpoch(data(to_word(parameters.batch.end_epoch)));
      opened.setMinLock(data(to_word(parameters.min_lock)));
      opened.setMaxLock(data(to_word(parameters.max_lock)));
      opened.setExitDelayPeriod(data(to_word(parameters.exit_delay_period)));
      opened.setRewardPerBlock(data(to_word(parameters.reward_per_block)));
      opened.setSignerUpdateThrottle(data(to_word(parameters.signer_update_throttle)));
    });
  }

  L1Port& l1_;
  const PoolContracts& contracts_;
  std::uint64_t from_;
  const L1Header& head_;
};

}  // namespace

L1Result<Opening> find_opening(L1Port& l1, const PoolContracts& contracts, std::uint64_t from_block,
                               const L1Header& head) {
  return Search(l1, contracts, from_block, head).run();
}

}  // namespace horae
