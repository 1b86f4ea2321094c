#include "events/locking/decode.hpp"

#include "core/eth/abi.hpp"
#include "events/locking/pool.hpp"
#include "events/locking/split.hpp"
#include "tests/events/locking/scene.hpp"

using namespace horae;
using namespace horae::test;

namespace {

const PoolContracts contracts{address(0xa0), address(0xa1)};
constexpr auto submit = "batchSubmitRewards(uint256,uint256,uint256,address[],uint256[])";

EthLog log_of(const Address& emitter, std::string_view signature, std::vector<U256> topics,
              Bytes bytes) {
  EthLog log;
  log.block = 30;
  log.log_index = 2;
  log.address = emitter;
  log.block_hash = hash(30);
  log.txn_hash = hash(31);
  log.topics.push_back(abi_topic(signature));
  for (const auto& topic : topics) log.topics.push_back(to_word(topic));
  log.data = std::move(bytes);
  return log;
}

U256 as_number(const Address& value) { return *u256_from_bytes(value.view()); }

EthLog lock_log() {
  return log_of(contracts.info, "Locked(address,uint256,uint256,uint256,uint256,uint256,bytes)",
                {as_number(signer(1)), 1, 1},
                AbiWriter().number(1).number(5).number(6).bytes(pubkey(1)).take());
}

EthLog batch_log() {
  return log_of(contracts.pool, "DistributeReward(uint256,uint256,uint256,uint256,uint256)", {2},
                AbiWriter().number(1).number(10).number(70).number(10).take());
}

const DistributedLog batch{2, 1, 10, 70, 10};
const Signers signers{{signer(1), 1}, {signer(2), 2}, {signer(3), retired_signer()}};

Bytes call(const U256& id, std::vector<Address> who, std::vector<U256> blocks) {
  return AbiWriter().number(id).number(1).number(10).addresses(who).numbers(blocks).call(submit);
}
const Bytes good = call(2, {signer(1), signer(2), signer(1)}, {3, 0, 4});
const std::vector<RewardCredit> parts{{1, 3, 30}, {2, 0, 0}, {1, 4, 40}};

}  // namespace

BOOST_AUTO_TEST_SUITE(locking_decode)

BOOST_AUTO_TEST_CASE(a_log_becomes_a_fact) {
  const auto fact = decode_log(lock_log(), 1234, contracts);
  BOOST_REQUIRE((fact && !fact->empty()));
  const auto locked = fact->read().getLocked();
  BOOST_TEST((fixed<Address>(locked.getSigner()) == signer(1)));
  BOOST_TEST((copy(locked.getPubkey()) == pubkey(1)));
  BOOST_TEST(from_word(fixed<Hash32>(locked.getTotal())) == 6);
  const auto position = position_of(**fact);
  BOOST_TEST(position.getBlock() == 30u);
  BOOST_TEST(position.getLogIndex() == 2u);
  BOOST_TEST(position.getTimestamp() == 1234u);
  BOOST_TEST(Msg<schema::LockingFact>::parse(fact->bytes()).has_value());
}

BOOST_AUTO_TEST_CASE(foreign_logs_are_no_facts) {
  auto elsewhere = lock_log();
  elsewhere.address = contracts.pool;  // an event of the other contract
  auto nameless = lock_log();
  nameless.topics.clear();
  const auto initialized =
      log_of(contracts.pool, "Initialized(uint8)", {}, AbiWriter().number(1).take());
  for (const auto& log : {elsewhere, nameless, initialized}) {
    const auto fact = decode_log(log, 0, contracts);
    BOOST_REQUIRE(fact.has_value());
    BOOST_TEST(fact->empty());
  }
  const auto upgraded = log_of(contracts.info, "Upgraded(address)", {as_number(address(7))}, {});
  BOOST_TEST(decode_log(upgraded, 0, contracts)->read().isUpgraded());
}

BOOST_AUTO_TEST_CASE(a_log_of_another_shape_is_a_fault) {
  auto short_data = batch_log();
  short_data.data.pop_back();
  auto long_data = batch_log();
  long_data.data.resize(long_data.data.size() + 32);
  auto fewer_topics = batch_log();
  fewer_topics.topics.pop_back();
  auto no_address = lock_log();
  no_address.topics[1].bytes[0] = 1;
  auto far_pubkey = lock_log();
  far_pubkey.data.resize(128);
  for (const auto& log : {short_data, long_data, fewer_topics, no_address, far_pubkey}) {
    BOOST_TEST(!decode_log(log, 0, contracts).has_value());
    BOOST_TEST(!distributed_log(log, contracts).has_value());
  }
}

// A provider may send anything: every answer is a fact that parses, a foreign log, or a fault.
BOOST_AUTO_TEST_CASE(damaged_logs_never_break_the_decoder) {
  std::uint64_t seed = 1;
  const auto chance = [&seed](std::uint64_t below) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
  };
  int facts = 0;
  for (int round = 0; round < 5000; ++round) {
    auto log = round % 2 == 0 ? lock_log() : batch_log();
    const auto changes = 1 + chance(4);
    for (std::uint64_t i = 0; i < changes; ++i) {
      if (chance(8) == 0) log.data.resize(chance(300));
      if (chance(16) == 0) log.topics.resize(chance(5));
      if (log.data.empty()) continue;
      log.data[chance(log.data.size())] = static_cast<std::uint8_t>(chance(256));
    }
    const auto fact = decode_log(log, 0, contracts);
    static_cast<void>(distributed_log(log, contracts));
    static_cast<void>(split_inside(log.data, batch, signers));
    if (!fact || fact->empty()) continue;
    ++facts;
    BOOST_TEST(Msg<schema::LockingFact>::parse(fact->bytes()).has_value());
  }
  BOOST_TEST(facts > 100);
}

BOOST_AUTO_TEST_CASE(a_completion_goes_into_its_fact) {
  BOOST_REQUIRE(distributed_log(batch_log(), contracts).has_value());
  const auto fact =
      decode_log(batch_log(), 0, contracts, {schema::SplitSource::CALLDATA, parts, 0});
  const auto distributed = fact->read().getRewardDistributed();
  BOOST_TEST((distributed.getSource() == schema::SplitSource::CALLDATA));
  BOOST_TEST(distributed.getCredits().size() == 3u);
  BOOST_TEST(from_word(fixed<Hash32>(distributed.getCredits()[2].getAmount())) == 40);
}

BOOST_AUTO_TEST_CASE(a_call_of_the_pool_splits_its_batch) {
  BOOST_TEST((split_of_call(good, batch, signers) == parts));
  const auto refused = [&](const Bytes& input) {
    BOOST_TEST(!split_of_call(input, batch, signers).has_value());
    BOOST_TEST(!split_inside(input, batch, signers).has_value());
  };
  refused(call(3, {signer(1)}, {7}));             // another batch
  refused(call(2, {signer(1)}, {8}));             // another sum
  refused(call(2, {signer(1), signer(2)}, {7}));  // lengths
  refused(call(2, {signer(3)}, {7}));             // a retired key
  refused(call(2, {signer(9)}, {7}));             // nobody's key
  // Two parts that only together, over 2^256, come to the amount.
  const U256 half = U256(1) << 255;
  const DistributedLog small{2, 1, 10, 0, 1};
  BOOST_TEST(!split_of_call(call(2, {signer(1), signer(2)}, {half, half}), small, signers));
  for (std::size_t size = 0; size < good.size(); ++size) {
    refused(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

BOOST_AUTO_TEST_CASE(a_call_inside_a_call_splits_its_batch) {
  Bytes input{0x12, 0x34, 0x56, 0x78, 0x11, 0xc7, 0xd1, 0x44};
  input.insert(input.end(), good.begin(), good.end());
  const auto other = call(3, {signer(2)}, {7});
  input.insert(input.end(), other.begin(), other.end());
  BOOST_TEST(!split_of_call(input, batch, signers).has_value());
  BOOST_TEST((split_inside(input, batch, signers) == parts));
  BOOST_TEST(
      (split_inside(input, {3, 1, 10, 70, 10}, signers) == std::vector<RewardCredit>{{2, 7, 70}}));
  // The same twice is one; two that fit and disagree are none.
  auto twice = input;
  twice.insert(twice.end(), good.begin(), good.end());
  BOOST_TEST((split_inside(twice, batch, signers) == parts));
  const auto rival = call(2, {signer(2)}, {7});
  twice.insert(twice.end(), rival.begin(), rival.end());
  BOOST_TEST(!split_inside(twice, batch, signers).has_value());
}

BOOST_AUTO_TEST_CASE(a_relock_says_what_was_reward) {
  const auto relock = [](const U256& id, const U256& amount, bool with_reward) {
    return AbiWriter()
        .number(id)
        .number(amount)
        .boolean(with_reward)
        .call("relock(uint256,uint256,bool)");
  };
  BOOST_TEST((from_reward_of_call(relock(1, 40, true), {1, 100}) == U256(60)));
  BOOST_TEST((from_reward_of_call(relock(1, 100, false), {1, 100}) == U256(0)));
  BOOST_TEST(!from_reward_of_call(relock(1, 40, false), {1, 100}).has_value());
  BOOST_TEST(!from_reward_of_call(relock(2, 40, true), {1, 100}).has_value());
  BOOST_TEST(!from_reward_of_call(relock(1, 101, true), {1, 100}).has_value());
  BOOST_TEST(!from_reward_of_call(good, {1, 100}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
