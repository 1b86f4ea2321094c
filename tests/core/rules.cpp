#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>

#include "core/rules/base_fee.hpp"
#include "core/rules/ordering.hpp"
#include "tests/fixture/print.hpp"

BOOST_AUTO_TEST_SUITE(rules)

using namespace horae;

namespace {

Hash32 name(std::uint8_t n) { return Hash32{{n}}; }

Candidate candidate(std::uint8_t n, std::uint64_t nonce, std::uint64_t max_fee, std::uint64_t tip,
                    std::uint64_t gas = 21000) {
  return Candidate{nonce, gas, n, U256(max_fee), U256(tip), name(n)};
}

// The rule, read aloud: look at everything, every time.
std::vector<Hash32> naive(std::vector<SenderQueue> senders, const BlockLimits& limits) {
  std::vector<Hash32> out;
  auto gas = limits.gas_limit;
  auto bytes = limits.max_bytes;
  std::vector<bool> over(senders.size());
  while (out.size() < limits.max_txns) {
    std::size_t best = senders.size();
    const Candidate* best_txn = nullptr;
    for (std::size_t i = 0; i < senders.size(); ++i) {
      if (over[i]) continue;
      const auto& txns = senders[i].txns;
      const auto at = std::find_if(txns.begin(), txns.end(), [&](const Candidate& txn) {
        return txn.nonce == senders[i].next_nonce;
      });
      if (at == txns.end() || at->max_fee < limits.base_fee) continue;
      const auto tip = effective_tip(*at, limits.base_fee);
      const bool better =
          best_txn == nullptr || tip > effective_tip(*best_txn, limits.base_fee) ||
          (tip == effective_tip(*best_txn, limits.base_fee) && at->arrival < best_txn->arrival);
      if (better) {
        best = i;
        best_txn = &*at;
      }
    }
    if (best_txn == nullptr) break;
    if (best_txn->gas_limit > gas || best_txn->bytes > bytes) {
      over[best] = true;
      continue;
    }
    gas -= best_txn->gas_limit;
    bytes -= best_txn->bytes;
    out.push_back(best_txn->hash);
    ++senders[best].next_nonce;
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(greatest_tip_first_then_first_come) {
  const std::vector<SenderQueue> senders = {
      {0, {candidate(1, 0, 100, 1), candidate(2, 1, 100, 90)}},
      {5, {candidate(3, 5, 100, 5)}},
      {0, {candidate(4, 0, 12, 90)}},  // tip 2: what is left above the base fee
      {0, {candidate(5, 0, 100, 5)}},
  };
  const auto got = order(senders, {10, 30'000'000, 100});
  BOOST_TEST(got == (std::vector{name(3), name(5), name(4), name(1), name(2)}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_ends_a_senders_turn) {
  const std::vector<SenderQueue> senders = {
      {0, {candidate(1, 0, 100, 9), candidate(2, 2, 100, 9)}},                           // a gap
      {0, {candidate(3, 0, 9, 9), candidate(4, 1, 100, 9)}},                             // too poor
      {0, {candidate(5, 0, 100, 8, 60000), candidate(6, 1, 100, 9)}},                    // too big
      {3, {candidate(7, 1, 100, 9), candidate(8, 2, 100, 9), candidate(9, 3, 100, 1)}},  // past
      {1, {candidate(10, 2, 100, 9)}},                                                   // ahead
      {0, {}},
  };
  BOOST_TEST(order(senders, {10, 80'000, 100}) == (std::vector{name(1), name(9)}),
             boost::test_tools::per_element());
  BOOST_TEST(order(senders, {10, 81'000, 100}) == (std::vector{name(1), name(5)}),
             boost::test_tools::per_element());
  BOOST_TEST(order(senders, {10, 81'000, 1}) == std::vector{name(1)},
             boost::test_tools::per_element());
  BOOST_TEST(order(senders, {10, 81'000, 0}).empty());
  BOOST_TEST(order({}, {10, 81'000, 9}).empty());
}

BOOST_AUTO_TEST_CASE(same_as_the_rule_read_aloud) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return random() % n; };
    std::vector<SenderQueue> senders(1 + below(12));
    std::uint64_t arrival = 0;
    std::vector<std::pair<std::size_t, Candidate>> all;
    for (unsigned i = 0; i < 60; ++i) {
      Candidate txn{below(8),  21000 + below(60000), 0, U256(below(30)), U256(below(30)), {},
                    below(100)};
      all.emplace_back(below(static_cast<unsigned>(senders.size())), txn);
    }
    for (auto& [sender, txn] : all) {
      auto& queue = senders[sender].txns;
      const auto same = [&](const Candidate& other) { return other.nonce == txn.nonce; };
      if (std::any_of(queue.begin(), queue.end(), same)) continue;
      txn.arrival = ++arrival;
      txn.hash = name(static_cast<std::uint8_t>(arrival));
      queue.push_back(txn);
    }
    for (auto& sender : senders) {
      sender.next_nonce = below(3);
      std::sort(sender.txns.begin(), sender.txns.end(),
                [](const auto& a, const auto& b) { return a.nonce < b.nonce; });
    }
    const BlockLimits limits{below(20), below(1'500'000), below(40), below(4'000)};
    const auto got = order(senders, limits);
    BOOST_TEST_REQUIRE(got == naive(senders, limits), "seed " << seed);
    std::shuffle(senders.begin(), senders.end(), random);
    BOOST_TEST_REQUIRE(got == order(senders, limits), "seed " << seed << ", shuffled");
  }
}

BOOST_AUTO_TEST_CASE(base_fee_follows_eip1559) {
  const U256 gwei = 1'000'000'000;
  BOOST_TEST(next_base_fee(FeeParent{100 * gwei, 15'000'000, 30'000'000}) == 100 * gwei);
  BOOST_TEST(next_base_fee(FeeParent{100 * gwei, 30'000'000, 30'000'000}) == U256(112'500'000'000));
  BOOST_TEST(next_base_fee(FeeParent{100 * gwei, 0, 30'000'000}) == U256(87'500'000'000));
  // Mainnet 12965000, the first block of London, and 12965001.
  BOOST_TEST(next_base_fee(FeeParent{gwei, 30'025'257, 30'029'122}) == U256(1'124'967'822));
  BOOST_TEST(next_base_fee(FeeParent{1, 30'000'000, 30'000'000}) == 2);  // at least one more
  BOOST_TEST(next_base_fee(FeeParent{7, 0, 30'000'000}) == 7);           // and never less than none
  BOOST_TEST(next_base_fee(FeeParent{0, 0, 30'000'000}) == 0);
  BOOST_TEST(next_base_fee(FeeParent{gwei, 1, 1}) == gwei);
  // The cases of go-ethereum's TestCalcBaseFee.
  BOOST_TEST(next_base_fee(FeeParent{gwei, 10'000'000, 20'000'000}) == gwei);
  BOOST_TEST(next_base_fee(FeeParent{gwei, 9'000'000, 20'000'000}) == U256(987'500'000));
  BOOST_TEST(next_base_fee(FeeParent{gwei, 11'000'000, 20'000'000}) == U256(1'012'500'000));
}

BOOST_AUTO_TEST_SUITE_END()
