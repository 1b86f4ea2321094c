#include "core/rules/penalty.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <numeric>
#include <random>

#include "tests/fixture/print.hpp"

BOOST_AUTO_TEST_SUITE(penalty_rules)

using namespace horae;

namespace {

Address who(std::uint8_t n) {
  Address out;
  out.bytes.fill(n);
  return out;
}

PlacedTxn txn(std::uint8_t sender, std::uint64_t nonce, std::uint64_t tip,
              std::uint64_t max_fee = 1000, std::uint64_t gas = 21000) {
  PlacedTxn out{who(sender), nonce, gas, max_fee, tip, {}};
  out.hash.bytes[0] = sender;
  out.hash.bytes[1] = static_cast<std::uint8_t>(nonce);
  out.hash.bytes[2] = static_cast<std::uint8_t>(tip);
  return out;
}

constexpr BlockLimits roomy{10, 30'000'000, SIZE_MAX};

bool keeps(std::span<const PlacedTxn> block, const BlockLimits& limits) {
  std::vector<std::size_t> all(block.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return order_within(block, limits) == all;
}

// A pool, what the rule selects from it, and what an engine may leave of that.
struct Pool {
  std::map<Hash32, PlacedTxn> txns;
  std::vector<SenderQueue> queues;
  BlockLimits limits;

  explicit Pool(std::mt19937_64& random) {
    const auto below = [&](std::uint64_t n) { return random() % n; };
    limits = {below(40), 21000 + below(3'000'000), SIZE_MAX};
    std::map<std::uint8_t, std::vector<Candidate>> senders;
    std::map<std::uint8_t, std::uint64_t> first;
    std::uint64_t arrivals = 0;
    for (auto left = below(60); left > 0; --left) {
      const auto sender = static_cast<std::uint8_t>(1 + below(12));
      first.try_emplace(sender, below(5));
      auto& queue = senders[sender];
      // A gap now and then, and nonces that an account is past.
      const auto nonce = queue.empty()
                             ? first[sender] - std::min<std::uint64_t>(first[sender], below(8) / 7)
                             : queue.back().nonce + 1 + below(15) / 14;
      auto one = txn(sender, nonce, below(4), below(60), 21000 + below(2) * below(900'000));
      queue.push_back({nonce, one.gas_limit, 0, one.max_fee, one.max_priority_fee, one.hash});
      txns.emplace(one.hash, one);
    }
    // They arrive in any order, also a nonce after the next one.
    std::vector<Candidate*> all;
    for (auto& [sender, queue] : senders) {
      for (auto& one : queue) all.push_back(&one);
    }
    std::shuffle(all.begin(), all.end(), random);
    for (auto* one : all) one->arrival = arrivals++;
    for (auto& [sender, queue] : senders) queues.push_back({first[sender], std::move(queue)});
  }

  [[nodiscard]] std::vector<PlacedTxn> block(std::mt19937_64& random, unsigned skip_one_in) const {
    std::vector<PlacedTxn> out;
    std::map<Address, bool> stuck;
    for (const auto& hash : order(queues, limits)) {
      const auto& one = txns.at(hash);
      stuck[one.sender] = stuck[one.sender] || (skip_one_in > 0 && random() % skip_one_in == 0);
      if (!stuck[one.sender]) out.push_back(one);
    }
    return out;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(no_honest_block_is_ever_accused) {
  std::mt19937_64 random(1);
  std::size_t txns = 0, blocks = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Pool pool(random);
    for (const unsigned skip : {0u, 20u, 3u}) {
      const auto block = pool.block(random, skip);
      BOOST_TEST_INFO("pool " << i << ", one in " << skip << " left out");
      BOOST_REQUIRE(keeps(block, pool.limits));
      BOOST_REQUIRE(!find_sandwich(block, pool.limits.base_fee));
      txns += block.size();
      ++blocks;
    }
  }
  BOOST_TEST(txns > 3 * blocks);  // they were blocks worth looking at
}

BOOST_AUTO_TEST_CASE(a_block_that_was_turned_around_is_seen) {
  std::mt19937_64 random(2);
  std::size_t turned = 0;
  for (int i = 0; i < 5'000; ++i) {
    const Pool pool(random);
    auto block = pool.block(random, 0);
    for (std::size_t place = 0; place + 1 < block.size(); ++place) {
      const auto tip = [&](std::size_t at) {
        return std::min<U256>(block[at].max_priority_fee, block[at].max_fee - pool.limits.base_fee);
      };
      // Two that are both ready, of which the second pays less: only one order is right.
      if (block[place].sender == block[place + 1].sender || tip(place) <= tip(place + 1)) continue;
      std::swap(block[place], block[place + 1]);
      BOOST_TEST_INFO("pool " << i << ", place " << place);
      BOOST_REQUIRE(!keeps(block, pool.limits));
      std::swap(block[place], block[place + 1]);
      ++turned;
    }
  }
  BOOST_TEST(turned > 5'000u);
}

BOOST_AUTO_TEST_CASE(equal_tips_may_stand_in_any_order) {
  BOOST_TEST(keeps(std::vector{txn(1, 0, 5), txn(2, 0, 5), txn(3, 0, 5)}, roomy));
  BOOST_TEST(keeps(std::vector{txn(3, 0, 5), txn(1, 0, 5), txn(2, 0, 5)}, roomy));
  // A maximum fee leaves of the priority fee what the base fee leaves.
  BOOST_TEST(keeps(std::vector{txn(1, 0, 90, 15), txn(2, 0, 5)}, roomy));
  BOOST_TEST(keeps(std::vector{txn(2, 0, 5), txn(1, 0, 90, 15)}, roomy));
}

BOOST_AUTO_TEST_CASE(what_the_rule_would_not_have) {
  BOOST_TEST(keeps({}, roomy));
  BOOST_TEST(!keeps(std::vector{txn(1, 0, 4), txn(2, 0, 5)}, roomy));
  BOOST_TEST(!keeps(std::vector{txn(1, 0, 5), txn(1, 2, 5)}, roomy));  // a gap
  BOOST_TEST(!keeps(std::vector{txn(1, 1, 5), txn(1, 0, 5)}, roomy));  // turned around
  BOOST_TEST(!keeps(std::vector{txn(1, 0, 5), txn(1, 0, 4)}, roomy));  // one nonce twice
  BOOST_TEST(!keeps(std::vector{txn(1, 0, 5), txn(1, 0, 5)}, roomy));  // itself twice
  BOOST_TEST(!keeps(std::vector{txn(1, 0, 5, 9)}, roomy));             // cannot pay
  BOOST_TEST(!keeps(std::vector{txn(1, 0, 5), txn(2, 0, 4)}, {10, 41999, SIZE_MAX}));  // too much
  BOOST_TEST(keeps(std::vector{txn(1, 0, 5), txn(2, 0, 4)}, {10, 42000, SIZE_MAX}));
}

BOOST_AUTO_TEST_CASE(sandwiches) {
  const U256 base_fee = 10;
  // Sender 1 before and behind sender 2, who pays more than the one in front.
  const std::vector bread{txn(3, 0, 99), txn(1, 0, 4), txn(2, 0, 5), txn(1, 1, 3)};
  const auto found = find_sandwich(bread, base_fee);
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST((found->front == 1 && found->victim == 2 && found->back == 3));
  BOOST_TEST(is_sandwich(bread, base_fee, *found));
  BOOST_TEST(!is_sandwich(bread, base_fee, {0, 2, 3}));  // two senders
  BOOST_TEST(!is_sandwich(bread, base_fee, {1, 3, 2}));
  BOOST_TEST(!is_sandwich(bread, base_fee, {1, 2, 4}));
  // The back first: it paid more than the victim, and should have stood before.
  const std::vector late{txn(1, 0, 9), txn(2, 0, 5), txn(1, 1, 8)};
  BOOST_TEST(find_sandwich(late, base_fee).has_value());
  // By the rule: front pays more, back less.
  const std::vector lawful{txn(1, 0, 9), txn(2, 0, 5), txn(1, 1, 3)};
  BOOST_TEST(!find_sandwich(lawful, base_fee));
  // A broken order around somebody else is no sandwich.
  const std::vector other{txn(3, 0, 1), txn(1, 0, 9), txn(2, 0, 5), txn(1, 1, 3)};
  BOOST_TEST(!find_sandwich(other, base_fee));
  BOOST_TEST(!keeps(other, roomy));
  // A narrower pair shows what a wider one shows.
  const std::vector wide{txn(1, 0, 9), txn(1, 1, 4), txn(2, 0, 5), txn(1, 2, 3), txn(1, 3, 2)};
  const auto narrow = find_sandwich(wide, base_fee);
  BOOST_REQUIRE(narrow.has_value());
  BOOST_TEST((narrow->front == 1 && narrow->victim == 2 && narrow->back == 3));
  // What the rule does not let in is no bread.
  const std::vector gap{txn(1, 0, 4), txn(2, 0, 5), txn(1, 5, 3)};
  BOOST_TEST(!find_sandwich(gap, base_fee));
}

BOOST_AUTO_TEST_SUITE_END()
