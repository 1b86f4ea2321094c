#include "duties/l1_completion.hpp"

#include <algorithm>

#include "core/eth/abi.hpp"
#include "duties/l1_views.hpp"
#include "events/locking/pool.hpp"
#include "events/locking/split.hpp"

namespace horae {
namespace {

using schema::LockingFact;
using schema::SplitSource;

constexpr auto transfer_event = "Transfer(address,address,uint256)";

/// One block's logs, one after the other, with the fold right before each.
class Completion {
 public:
  Completion(L1Port& l1, OpenPool before, const L1Header& block, const std::vector<EthLog>& logs)
      : l1_(l1),
        contracts_{fixed<Address>(before.opened.read().getLockingPool()),
                   fixed<Address>(before.opened.read().getLockingInfo())},
        token_(fixed<Address>(before.opened.read().getL1Token())),
        block_(block),
        logs_(logs),
        pool_(std::move(before.view)) {}

  L1Result<CompletedBlock> run() {
    CompletedBlock out;
    std::vector<Msg<LockingFact>> events;
    for (std::size_t i = 0; i < logs_.size(); ++i) {
      auto completion = complete_log(i);
      if (!completion) return tl::unexpected(completion.error());
      auto fact = decode_log(logs_[i], block_.timestamp, contracts_, *completion);
      if (!fact) return tl::unexpected(L1Fault{L1Fault::refused, fact.error().what, {}});
      if (fact->empty()) {
        ++out.foreign;
        continue;
      }
      apply_event(pool_, **fact);
      events.push_back(std::move(*fact));
    }
    out.events = events.size();
    out.command = Msg<schema::LockingCommand>::build([&](auto root) {
      auto observe = root.initObserve();
      observe.setTimestamp(block_.timestamp);
      observe.initBlock().setNumber(block_.number);
      observe.getBlock().setHash(data(block_.hash));
      observe.setParentHash(data(block_.parent));
      auto list = observe.initEvents(static_cast<unsigned>(events.size()));
      for (unsigned at = 0; at < list.size(); ++at) list.setWithCaveats(at, *events[at]);
    });
    return out;
  }

 private:
  L1Result<LogCompletion> complete_log(std::size_t index) {
    const auto& log = logs_[index];
    if (const auto event = distributed_log(log, contracts_)) return split(index, *event);
    if (const auto event = relocked_log(log, contracts_)) return relock(index, *event);
    return LogCompletion{};
  }

  // Reward batches

  L1Result<LogCompletion> split(std::size_t index, const DistributedLog& event) {
    const auto txn = l1_.txn_of(logs_[index]);
    if (!txn && txn.error().kind != L1Fault::refused) return tl::unexpected(txn.error());
    if (txn && *txn) {
      const auto& [hash, to, input] = **txn;
      if (to == contracts_.pool) {
        if (auto credits = split_of_call(input, event, pool_.signers)) {
          return LogCompletion{SplitSource::CALLDATA, std::move(*credits), 0};
        }
      }
      if (auto credits = split_inside(input, event, pool_.signers)) {
        return LogCompletion{SplitSource::INNER_CALLDATA, std::move(*credits), 0};
      }
    }
    return split_of_state(index, event);
  }

  /// Differences of sequencers(id), where nothing else in the block changes rewards.
  L1Result<LogCompletion> split_of_state(std::size_t index, const DistributedLog& event) {
    for (std::size_t i = 0; i < logs_.size(); ++i) {
      if (i != index && changes_rewards(logs_[i])) return LogCompletion{};
    }
    std::vector<U256> ids;
    for (const auto& [id, sequencer] : pool_.sequencers) ids.push_back(id);
    const auto after = read_sequencers(l1_, {contracts_.pool, contracts_.info}, block_, ids);
    if (!after) return state_fault(after.error());
    const auto before = rewards_before(ids);
    if (!before) return state_fault(before.error());
    LogCompletion out{SplitSource::CONTRACT_STATE, {}, 0};
    U256 sum = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto& reward = (*after)[i].reward;
      if (reward < (*before)[i]) return LogCompletion{};
      const U256 amount = reward - (*before)[i];
      if (amount == 0) continue;
      out.credits.push_back({ids[i], event.rpb == 0 ? U256(0) : U256(amount / event.rpb), amount});
      sum += amount;
    }
    return sum == event.amount ? out : LogCompletion{};
  }

  /// From the fold, where it knows all of them, else from the contract at the block before.
  L1Result<std::vector<U256>> rewards_before(const std::vector<U256>& ids) {
    std::vector<U256> out;
    for (const auto& [id, sequencer] : pool_.sequencers) {
      if (sequencer.reward) out.push_back(*sequencer.reward);
    }
    if (out.size() == ids.size()) return out;
    L1Header parent;
    parent.number = block_.number - 1;
    parent.hash = block_.parent;
    auto before = read_sequencers(l1_, {contracts_.pool, contracts_.info}, parent, ids);
    if (!before) return tl::unexpected(before.error());
    out.clear();
    for (const auto& sequencer : *before) out.push_back(sequencer.reward);
    return out;
  }

  static L1Result<LogCompletion> state_fault(const L1Fault& fault) {
    if (fault.kind == L1Fault::refused) return LogCompletion{};  // no archive: unknown
    return tl::unexpected(fault);
  }

  bool changes_rewards(const EthLog& log) const {
    const auto fact = decode_log(log, block_.timestamp, contracts_);
    if (!fact || fact->empty()) return false;
    const auto which = fact->read().which();
    return which == LockingFact::REWARD_DISTRIBUTED || which == LockingFact::REWARDS_CLAIMED ||
           which == LockingFact::RELOCKED || which == LockingFact::UNLOCK_INITIATED ||
           which == LockingFact::UNLOCKED;
  }

  // Relocks

  L1Result<LogCompletion> relock(std::size_t index, const RelockedLog& event) {
    const auto txn = l1_.txn_of(logs_[index]);
    if (!txn && txn.error().kind != L1Fault::refused) return tl::unexpected(txn.error());
    if (txn && *txn && (*txn)->to == contracts_.pool) {
      if (const auto from_reward = from_reward_of_call((*txn)->input, event)) {
        return LogCompletion{SplitSource::CALLDATA, {}, *from_reward};
      }
    }
    return relock_of_transfer(index, event);
  }

  /// LockingInfo pulls the new stake from the owner right before it emits Relocked: the token's
  /// Transfer between the contracts' log before and this one is that, and without one all is
  /// reward.
  L1Result<LogCompletion> relock_of_transfer(std::size_t index, const RelockedLog& event) {
    const auto& log = logs_[index];
    const auto sequencer = pool_.sequencers.find(event.id);
    if (sequencer == pool_.sequencers.end()) return LogCompletion{};
    const auto transfers = l1_.logs_of(block_, {token_});
    if (!transfers) return state_fault(transfers.error());
    const bool first = index == 0 || logs_[index - 1].txn_hash != log.txn_hash;
    const std::int64_t after = first ? -1 : std::int64_t{logs_[index - 1].log_index};
    std::optional<U256> stake;
    for (const auto& transfer : *transfers) {
      if (transfer.txn_hash != log.txn_hash || transfer.log_index > log.log_index ||
          transfer.log_index <= after || !pays(transfer, sequencer->second.owner)) {
        continue;
      }
      if (stake) return LogCompletion{};
      const auto amount = AbiReader(transfer.data).number(0);
      if (!amount || *amount > event.amount) return LogCompletion{};
      stake = *amount;
    }
    return LogCompletion{SplitSource::TOKEN_TRANSFER, {}, event.amount - stake.value_or(0)};
  }

  bool pays(const EthLog& log, const Address& owner) const {
    if (log.topics.size() != 3 || log.topics[0] != abi_topic(transfer_event)) return false;
    const auto from = abi_address(log.topics[1]), to = abi_address(log.topics[2]);
    return from && to && *from == owner && *to == contracts_.info;
  }

  L1Port& l1_;
  PoolContracts contracts_;
  Address token_;
  const L1Header& block_;
  const std::vector<EthLog>& logs_;
  PoolView pool_;
};

}  // namespace

L1Result<CompletedBlock> complete(L1Port& l1, OpenPool before, const L1Header& block,
                                  const std::vector<EthLog>& logs) {
  return Completion(l1, std::move(before), block, logs).run();
}

}  // namespace horae
