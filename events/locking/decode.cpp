#include "events/locking/decode.hpp"

#include <map>

#include "core/eth/abi.hpp"

namespace horae {
namespace {

using schema::LockingFact;

/// One log: its words by name of place. A fault is kept until the end, so that a decoder reads as
/// the event's signature does.
class Words {
 public:
  explicit Words(const EthLog& log) : log_(log), data_(log.data) {}

  /// Indexed arguments count from 1, after the event's own topic.
  U256 topic(std::size_t index) { return from_word(topic_word(index)); }
  Address topic_address(std::size_t index) { return keep(abi_address(topic_word(index))); }
  U256 number(std::size_t index) { return keep(data_.number(index)); }
  Address address(std::size_t index) { return keep(data_.address(index)); }
  bool boolean(std::size_t index) { return keep(data_.boolean(index)); }
  Bytes bytes(std::size_t index) { return keep(data_.bytes(index)); }
  /// How many topics (with the event's own) and bytes the event has; without a size: has a tail.
  void shape(std::size_t topics, std::optional<std::size_t> words) {
    if (log_.topics.size() != topics) note("wanted " + std::to_string(topics) + " topics");
    if (words && log_.data.size() != 32 * *words) {
      note("wanted " + std::to_string(*words) + " words of data");
    }
  }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  Hash32 topic_word(std::size_t index) {
    if (index < log_.topics.size()) return log_.topics[index];
    note("a topic is missing");
    return {};
  }
  template <class T>
  T keep(Result<T> value) {
    if (value) return std::move(*value);
    note(value.error().what);
    return T{};
  }
  void note(std::string what) {
    if (fault_.empty()) fault_ = std::move(what);
  }

  const EthLog& log_;
  AbiReader data_;
  std::string fault_;
};

using Position = schema::L1Position::Reader;

Hash32 topic(Words& words, std::size_t index) { return to_word(words.topic(index)); }
Hash32 number(Words& words, std::size_t index) { return to_word(words.number(index)); }

struct Context {
  Position position;
  const EthLog& log;
  const LogCompletion& completion;
};

using Decode = void (*)(Words&, LockingFact::Builder, const Context&);

void locked(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(4, {});
  auto event = fact.initLocked();
  event.setPosition(context.position);
  event.setSigner(data(words.topic_address(1)));
  event.setSequencerId(data(topic(words, 2)));
  event.setActivationBatch(data(topic(words, 3)));
  event.setNonce(data(number(words, 0)));
  event.setAmount(data(number(words, 1)));
  event.setTotal(data(number(words, 2)));
  event.setPubkey(horae::data(words.bytes(3)));
}

void relocked(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(2, 2);
  auto event = fact.initRelocked();
  event.setSource(context.completion.source);
  event.setPosition(context.position);
  event.setSequencerId(data(topic(words, 1)));
  event.setFromReward(data(to_word(context.completion.from_reward)));
  event.setAmount(data(number(words, 0)));
  event.setTotal(data(number(words, 1)));
}

void withdrawn(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(2, 1);
  auto event = fact.initWithdrawn();
  event.setPosition(context.position);
  event.setSequencerId(data(topic(words, 1)));
  event.setAmount(data(number(words, 0)));
}

void lock_updated(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(4, 0);
  auto event = fact.initLockUpdated();
  event.setPosition(context.position);
  event.setSequencerId(data(topic(words, 1)));
  event.setNonce(data(topic(words, 2)));
  event.setNewAmount(data(topic(words, 3)));
}

void rewards_claimed(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(4, 1);
  auto event = fact.initRewardsClaimed();
  event.setPosition(context.position);
  event.setSequencerId(data(topic(words, 1)));
  event.setAmount(data(topic(words, 2)));
  event.setTotalAmount(data(topic(words, 3)));
  event.setRecipient(data(words.address(0)));
}

void unlock_initiated(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(4, 4);
  auto event = fact.initUnlockInitiated();
  event.setPosition(context.position);
  event.setSigner(data(words.topic_address(1)));
  event.setSequencerId(data(topic(words, 2)));
  event.setReward(data(topic(words, 3)));
  event.setNonce(data(number(words, 0)));
  event.setDeactivationBatch(data(number(words, 1)));
  event.setDeactivationTime(data(number(words, 2)));
  event.setUnlockClaimTime(data(number(words, 3)));
}

void unlocked(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(3, 2);
  auto event = fact.initUnlocked();
  event.setPosition(context.position);
  event.setOwner(data(words.topic_address(1)));
  event.setSequencerId(data(topic(words, 2)));
  event.setAmount(data(number(words, 0)));
  event.setTotal(data(number(words, 1)));
}

void batch_submitted(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(1, 1);
  auto event = fact.initBatchSubmitted();
  event.setPosition(context.position);
  event.setBatchId(data(number(words, 0)));
}

void reward_distributed(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(2, 4);
  const auto& credits = context.completion.credits;
  auto event = fact.initRewardDistributed();
  event.setSource(context.completion.source);
  event.setPosition(context.position);
  auto list = event.initCredits(static_cast<unsigned>(credits.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    list[i].setSequencerId(data(to_word(credits[i].id)));
    list[i].setBlocks(data(to_word(credits[i].blocks)));
    list[i].setAmount(data(to_word(credits[i].amount)));
  }
  event.setBatchId(data(topic(words, 1)));
  event.setStartEpoch(data(number(words, 0)));
  event.setEndEpoch(data(number(words, 1)));
  event.setAmount(data(number(words, 2)));
  event.setRpb(data(number(words, 3)));
}

void signer_changed(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(4, {});
  auto event = fact.initSignerChanged();
  event.setPosition(context.position);
  event.setSequencerId(data(topic(words, 1)));
  event.setOldSigner(data(words.topic_address(2)));
  event.setNewSigner(data(words.topic_address(3)));
  event.setNonce(data(number(words, 0)));
  event.setPubkey(horae::data(words.bytes(1)));
}

void number_set(Words& words, schema::NumberSet::Builder event, const Context& context) {
  words.shape(1, 1);
  event.setPosition(context.position);
  event.setValue(data(number(words, 0)));
}

// Both events name the new value first.
void number_changed(Words& words, schema::NumberChanged::Builder event, const Context& context) {
  words.shape(1, 2);
  event.setPosition(context.position);
  event.setValue(data(number(words, 0)));
  event.setPrevious(data(number(words, 1)));
}

void address_set(Words& words, schema::AddressSet::Builder event, const Context& context) {
  words.shape(1, 1);
  event.setPosition(context.position);
  event.setAddress(data(words.address(0)));
}

void sequencer_address(Words& words, schema::SequencerAddressChanged::Builder event,
                       const Context& context) {
  words.shape(1, 2);
  event.setPosition(context.position);
  event.setSequencerId(data(number(words, 0)));
  event.setAddress(data(words.address(1)));
}

void whitelist_set(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(1, 2);
  auto event = fact.initWhitelistSet();
  event.setAllowed(words.boolean(1));
  event.setPosition(context.position);
  event.setUser(data(words.address(0)));
}

void upgraded(Words& words, LockingFact::Builder fact, const Context& context) {
  words.shape(2, 0);
  auto event = fact.initUpgraded();
  event.setPosition(context.position);
  event.setProxy(data(context.log.address));
  event.setImplementation(data(words.topic_address(1)));
}

struct EventKind {
  enum Emitter { pool, info, either } emitter;
  Decode decode;
};

constexpr auto distribute_reward = "DistributeReward(uint256,uint256,uint256,uint256,uint256)";
constexpr auto relocked_event = "Relocked(uint256,uint256,uint256)";

// Signatures verbatim: ILockingInfo.sol, ILockingPool.sol, ISequencerInfo.sol, OpenZeppelin's
// PausableUpgradeable and ERC1967Upgrade.
std::map<Hash32, EventKind> event_kinds() {
  using Kind = EventKind;
  const std::pair<const char*, Kind> kinds[] = {
      {"Locked(address,uint256,uint256,uint256,uint256,uint256,bytes)", {Kind::info, locked}},
      {relocked_event, {Kind::info, relocked}},
      {"Withdraw(uint256,uint256)", {Kind::info, withdrawn}},
      {"LockUpdate(uint256,uint256,uint256)", {Kind::info, lock_updated}},
      {"ClaimRewards(uint256,address,uint256,uint256)", {Kind::info, rewards_claimed}},
      {"UnlockInit(address,uint256,uint256,uint256,uint256,uint256,uint256)",
       {Kind::info, unlock_initiated}},
      {"Unlocked(address,uint256,uint256,uint256)", {Kind::info, unlocked}},
      {"BatchSubmitReward(uint256)", {Kind::info, batch_submitted}},
      {"SignerChange(uint256,uint256,address,address,bytes)", {Kind::info, signer_changed}},
      {"SetMinLock(uint256)",
       {Kind::info, [](Words& words, LockingFact::Builder fact,
                       const Context& at) { number_set(words, fact.initMinLockSet(), at); }}},
      {"SetMaxLock(uint256)",
       {Kind::info, [](Words& words, LockingFact::Builder fact,
                       const Context& at) { number_set(words, fact.initMaxLockSet(), at); }}},
      {"SetRewardPayer(address)",
       {Kind::info, [](Words& words, LockingFact::Builder fact,
                       const Context& at) { address_set(words, fact.initRewardPayerSet(), at); }}},
      {distribute_reward, {Kind::pool, reward_distributed}},
      {"RewardUpdate(uint256,uint256)",
       {Kind::pool,
        [](Words& words, LockingFact::Builder fact, const Context& at) {
          number_changed(words, fact.initRewardPerBlockUpdated(), at);
        }}},
      {"UpdateMpc(address)",
       {Kind::pool, [](Words& words, LockingFact::Builder fact,
                       const Context& at) { address_set(words, fact.initMpcUpdated(), at); }}},
      {"WithrawDelayTimeChange(uint256,uint256)",
       {Kind::pool,
        [](Words& words, LockingFact::Builder fact, const Context& at) {
          number_changed(words, fact.initExitDelayChanged(), at);
        }}},
      {"SetSignerUpdateThrottle(uint256)",
       {Kind::pool,
        [](Words& words, LockingFact::Builder fact, const Context& at) {
          number_set(words, fact.initSignerUpdateThrottleSet(), at);
        }}},
      {"SetWhitelist(address,bool)", {Kind::pool, whitelist_set}},
      {"SequencerRewardRecipientChanged(uint256,address)",
       {Kind::pool,
        [](Words& words, LockingFact::Builder fact, const Context& at) {
          sequencer_address(words, fact.initRewardRecipientChanged(), at);
        }}},
      {"SequencerOwnerChanged(uint256,address)",
       {Kind::pool,
        [](Words& words, LockingFact::Builder fact, const Context& at) {
          sequencer_address(words, fact.initOwnerChanged(), at);
        }}},
      {"Paused(address)",
       {Kind::pool, [](Words& words, LockingFact::Builder fact,
                       const Context& at) { address_set(words, fact.initPaused(), at); }}},
      {"Unpaused(address)",
       {Kind::pool, [](Words& words, LockingFact::Builder fact,
                       const Context& at) { address_set(words, fact.initUnpaused(), at); }}},
      {"Upgraded(address)", {Kind::either, upgraded}},
  };
  std::map<Hash32, EventKind> out;
  for (const auto& [signature, kind] : kinds) out.emplace(abi_topic(signature), kind);
  return out;
}

/// The kind of a log, where its emitter and topic are those of an event that is folded.
const EventKind* kind_of(const EthLog& log, const PoolContracts& contracts) {
  static const auto kinds = event_kinds();
  if (log.topics.empty()) return nullptr;
  const auto found = kinds.find(log.topics[0]);
  if (found == kinds.end()) return nullptr;
  const bool of_pool = log.address == contracts.pool, of_info = log.address == contracts.info;
  switch (found->second.emitter) {
    case EventKind::pool:
      return of_pool ? &found->second : nullptr;
    case EventKind::info:
      return of_info ? &found->second : nullptr;
    case EventKind::either:
      return of_pool || of_info ? &found->second : nullptr;
  }
  stop("an event of no contract");
}

}  // namespace

std::optional<DistributedLog> distributed_log(const EthLog& log, const PoolContracts& contracts) {
  const auto* kind = kind_of(log, contracts);
  if (kind == nullptr || kind->decode != reward_distributed) return {};
  Words words(log);
  words.shape(2, 4);
  DistributedLog out{words.topic(1), words.number(0), words.number(1), words.number(2),
                     words.number(3)};
  if (!words.fault().empty()) return {};
  return out;
}

std::optional<RelockedLog> relocked_log(const EthLog& log, const PoolContracts& contracts) {
  const auto* kind = kind_of(log, contracts);
  if (kind == nullptr || kind->decode != relocked) return {};
  Words words(log);
  words.shape(2, 2);
  RelockedLog out{words.topic(1), words.number(0)};
  if (!words.fault().empty()) return {};
  return out;
}

Result<Msg<LockingFact>> decode_log(const EthLog& log, std::uint64_t timestamp,
                                    const PoolContracts& contracts,
                                    const LogCompletion& completion) {
  const auto* kind = kind_of(log, contracts);
  if (kind == nullptr) return Msg<LockingFact>();
  const auto position = Msg<schema::L1Position>::build([&](auto at) {
    at.setBlock(log.block);
    at.setLogIndex(log.log_index);
    at.setTimestamp(timestamp);
    at.setBlockHash(data(log.block_hash));
    at.setTxnHash(data(log.txn_hash));
  });
  Words words(log);
  auto fact = Msg<LockingFact>::build([&](auto builder) {
    kind->decode(words, builder, {*position, log, completion});
  });
  if (!words.fault().empty()) {
    return fail("the log " + std::to_string(log.log_index) + " of block " +
                std::to_string(log.block) + ": " + words.fault());
  }
  return fact;
}

}  // namespace horae
