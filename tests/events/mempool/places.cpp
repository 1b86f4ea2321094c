#include "events/mempool/mempool.hpp"

#include "events/snapshot.hpp"
#include "tests/fixture/pool.hpp"
#include "tests/fixture/print.hpp"

// Who holds a place in the pool, and who gives way.
using namespace horae;
using namespace horae::test;

namespace {

using Drops = std::vector<std::pair<Hash32, Reason>>;

Drops dropped_by(const Decision& decision) {
  Drops out;
  for (std::size_t i = 0; i < decision.facts.size(); ++i) {
    const auto fact = mempool_fact(decision, i);
    if (!fact.isTxnDropped()) continue;
    BOOST_TEST(fact.getTxnDropped().getDetail().size() > 0u);
    out.emplace_back(fixed<Hash32>(fact.getTxnDropped().getHash()),
                     fact.getTxnDropped().getReason());
  }
  return out;
}

Drops evicted(const Offer& offer) { return {{hash_of(offer), Reason::EVICTED}}; }

MempoolParameters small(std::uint32_t total) {
  auto out = usual_parameters();
  out.total = total;
  return out;
}

// A pool that ages what lacks a nonce, and the time of its next block.
struct AgingPool : Pool {
  AgingPool() : Pool(parameters()) {}
  static MempoolParameters parameters() {
    auto out = usual_parameters();
    out.gap_lifetime = 6400;
    return out;
  }
  Decision block_at(std::uint64_t time, const std::map<Address, std::uint64_t>& nonces = {}) {
    return when(include_of(state.included_block + 1, {}, nonces, {}, time));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mempool_places)

BOOST_AUTO_TEST_CASE(who_holds_most_behind_a_gap_gives_way_to_who_holds_fewer) {
  Pool pool(small(12));
  const auto gapped = [](std::uint8_t sender, std::uint64_t nonce) {
    return Offer{.sender = sender, .nonce = nonce};
  };
  for (const auto nonce : {2, 4, 6}) BOOST_TEST(pool.submit(gapped(1, nonce)).ok());
  for (const auto nonce : {1, 2}) BOOST_TEST(pool.submit(gapped(2, nonce)).ok());
  BOOST_TEST(pool.submit({.sender = 3}).ok());  // half full
  // The last of the sender that has three; the first sender itself has too many.
  BOOST_TEST((pool.submit(gapped(1, 5)).refused == Reason::POOL_FULL));
  BOOST_TEST((dropped_by(pool.submit(gapped(4, 1))) == evicted(gapped(1, 6))));
  // Now two senders have two: of equal fees the latest goes, and nobody has two more than this one.
  BOOST_TEST((pool.submit(gapped(4, 2)).refused == Reason::POOL_FULL));
  BOOST_TEST((dropped_by(pool.submit(gapped(5, 1))) == evicted(gapped(2, 2))));
  BOOST_TEST((dropped_by(pool.submit(gapped(6, 1))) == evicted(gapped(1, 4))));
  // Everybody has one: a better offer decides, and one that is not better enough does not.
  auto offer = gapped(7, 1);
  offer.max_fee = 109;
  BOOST_TEST((pool.submit(offer).refused == Reason::POOL_FULL));
  offer.max_fee = 110;
  BOOST_TEST((dropped_by(pool.submit(offer)) == evicted(gapped(6, 1))));
  BOOST_TEST(pool.state.by_hash.size() == 6u);
}

BOOST_AUTO_TEST_CASE(what_can_run_takes_the_place_of_what_cannot_whatever_it_offers) {
  Pool pool(small(4));
  const Offer behind_a_gap{.sender = 1, .nonce = 1, .max_fee = 1000, .tip = 10};
  BOOST_TEST(pool.submit(behind_a_gap).ok());
  for (std::uint8_t sender = 2; sender < 5; ++sender) {
    BOOST_TEST(pool.submit({.sender = sender, .max_fee = 200}).ok());
  }
  BOOST_TEST((dropped_by(pool.submit({.sender = 5, .max_fee = 100})) == evicted(behind_a_gap)));
  // All can run: the lowest maximum fee goes for one that is higher by a tenth.
  BOOST_TEST((pool.submit({.sender = 6, .max_fee = 109}).refused == Reason::POOL_FULL));
  BOOST_TEST((dropped_by(pool.submit({.sender = 6, .max_fee = 110})) ==
              evicted({.sender = 5, .max_fee = 100})));
  // What is left without its predecessor goes next.
  const Offer first{.sender = 7, .max_fee = 130}, second{.sender = 7, .nonce = 1, .max_fee = 500};
  BOOST_TEST(pool.submit(first).ok());
  // Nobody is given the place of what it follows.
  BOOST_TEST((dropped_by(pool.submit(second)) == evicted({.sender = 4, .max_fee = 200})));
  BOOST_TEST((dropped_by(pool.submit({.sender = 8, .max_fee = 150})) == evicted(first)));
  BOOST_TEST((dropped_by(pool.submit({.sender = 9, .max_fee = 1, .tip = 1})) == evicted(second)));
}

BOOST_AUTO_TEST_CASE(what_lacks_a_nonce_is_paid_for_with_all_that_waits_before_it) {
  Pool pool;
  const U256 two = 2 * 2'100'000;
  BOOST_TEST(pool.submit({.nonce = 2, .balance = two}).ok());
  BOOST_TEST(pool.submit({.nonce = 4, .balance = two}).ok());
  BOOST_TEST((pool.submit({.nonce = 6, .balance = two}).refused == Reason::INSUFFICIENT_FUNDS));
  BOOST_TEST((pool.submit({.nonce = 5, .balance = two}).refused == Reason::INSUFFICIENT_FUNDS));
  // One below them has only itself to pay for.
  BOOST_TEST(pool.submit({.nonce = 1, .balance = two}).ok());
  BOOST_TEST(pool.submit({.nonce = 0, .balance = two}).ok());
}

BOOST_AUTO_TEST_CASE(a_gap_that_lasts_is_the_end_of_what_waits_behind_it) {
  AgingPool pool;
  const Offer old{.sender = 1, .nonce = 2}, young{.sender = 1, .nonce = 5};
  const Offer can_run{.sender = 2};
  BOOST_TEST(pool.submit(old).ok());
  BOOST_TEST(pool.submit(can_run).ok());
  // A long silence before the first block after it is nobody's age.
  BOOST_TEST(pool.block_at(1'000'000).facts.size() == 1u);
  BOOST_TEST(pool.submit(young).ok());
  BOOST_TEST(pool.block_at(1'000'100).facts.size() == 1u);
  BOOST_TEST(pool.block_at(1'006'399).facts.size() == 1u);
  BOOST_TEST((dropped_by(pool.block_at(1'006'400)) == Drops{{hash_of(old), Reason::EXPIRED}}));
  BOOST_TEST((dropped_by(pool.block_at(1'006'500)) == Drops{{hash_of(young), Reason::EXPIRED}}));
  // What can run waits for as long as it takes.
  BOOST_TEST(pool.block_at(9'000'000).facts.size() == 1u);
  BOOST_TEST(find(pool.state, hash_of(can_run)) != nullptr);
  BOOST_TEST(pool.submit(old).ok());  // and it may be sent again
}

BOOST_AUTO_TEST_CASE(whoever_is_in_the_block_is_looked_at_with_a_later_one) {
  AgingPool pool;
  const Offer waits{.nonce = 1};
  BOOST_TEST(pool.submit(waits).ok());
  BOOST_TEST(pool.block_at(1000).ok());
  // The block has nonce 0, which this pool never saw: nothing is missing any more.
  BOOST_TEST(dropped_by(pool.block_at(9000, {{account(1), 1}})).empty());
  BOOST_TEST(dropped_by(pool.block_at(20'000)).empty());
  BOOST_TEST(select(pool.state, 0, 30'000'000).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_choice_has_no_more_bytes_than_it_may) {
  AgingPool pool;
  for (std::uint8_t sender = 1; sender <= 3; ++sender)
    BOOST_TEST(pool.submit({.sender = sender}).ok());
  const auto each = raw_of({.sender = 1}).size() + 200;  // with what a block says of it beside
  BOOST_TEST(select(pool.state, 0, 30'000'000, 3 * each).size() == 3u);
  BOOST_TEST(select(pool.state, 0, 30'000'000, 3 * each - 1).size() == 2u);
  BOOST_TEST(select(pool.state, 0, 30'000'000, 0).empty());
}

BOOST_AUTO_TEST_CASE(marks_are_few_and_without_times_or_lifetime_there_are_none) {
  AgingPool pool;
  std::uint64_t time = 1000;
  for (std::uint64_t nonce = 1; nonce <= 900; ++nonce, time += 10) {
    BOOST_REQUIRE(pool.submit({.nonce = nonce, .view_block = nonce - 1}).ok());
    BOOST_REQUIRE(pool.block_at(time).ok());
  }
  BOOST_TEST(pool.state.marks.size() <= Mempool::marks_a_lifetime + 2);
  BOOST_TEST(pool.state.marks.size() >= Mempool::marks_a_lifetime - 1);
  // By a 64th of the lifetime, no later.
  BOOST_TEST(pool.state.by_hash.size() <= 651u);
  Pool no_limit;
  BOOST_TEST(no_limit.submit({.nonce = 1}).ok());
  BOOST_TEST(no_limit.when(include_of(1, {}, {}, {}, 1000)).ok());
  BOOST_TEST(no_limit.when(include_of(2, {}, {}, {}, 1'000'000)).facts.size() == 1u);
  BOOST_TEST(no_limit.state.marks.empty());
}

BOOST_AUTO_TEST_CASE(a_restored_pool_lets_the_same_give_way) {
  AgingPool pool;
  const Offer old{.sender = 1, .nonce = 2}, young{.sender = 2, .nonce = 5};
  BOOST_TEST(pool.submit(old).ok());
  BOOST_TEST(pool.submit({.sender = 3}).ok());
  BOOST_TEST(pool.block_at(1000).ok());
  BOOST_TEST(pool.submit(young).ok());
  BOOST_TEST(pool.block_at(1100).ok());

  const auto state = Msg<schema::MempoolState>::of(state_message(pool.state));
  auto again = restore(state.read());
  const auto parts = pool_parts(pool.state);
  for (const auto& part : parts.accounts) restore(again, part.read());
  for (const auto& part : parts.txns) restore(again, part.read());
  finish_restore(again);
  BOOST_TEST((again.gapped == pool.state.gapped && again.gapped.size() == 2u));
  BOOST_TEST(next_nonce(again, account(3)).value() == 1u);
  const auto block = include_of(3, {}, {}, {}, 7400);
  BOOST_TEST((dropped_by(decide(again, block.read())) == Drops{{hash_of(old), Reason::EXPIRED}}));
  BOOST_TEST((dropped_by(decide(again, block.read())) == dropped_by(pool.when(block))));
}

BOOST_AUTO_TEST_SUITE_END()
