#include "tests/fixture/house.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

using Chosen = AskedPtr<Msg<schema::ChosenTxns>>;

Chosen ask_choice(House& house, std::uint64_t gas_limit = block_gas_limit) {
  return house.stage.ask<Msg<schema::ChosenTxns>>(house.mempool,
                                                  Msg<schema::ChooseTxns>::build([&](auto choose) {
                                                    choose.setGasLimit(gas_limit);
                                                    choose.setMaxBytes(UINT64_MAX);
                                                    choose.setBaseFee(data(to_word(U256(1))));
                                                  }));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mempool_actor_)

BOOST_AUTO_TEST_CASE(a_choice_is_told_when_all_it_was_made_from_is_durable) {
  Ground ground;
  House house(ground);
  house.run();
  for (std::uint64_t nonce = 0; nonce < 20; ++nonce) {
    const auto receipt = house.tell(submit_command({.nonce = nonce}));
    // Both are in the mailbox before anything is on its way to the disk.
    const auto asked = ask_choice(house);
    while (!asked->answer) {
      BOOST_REQUIRE(house.stage.scheduler.try_run_once());
    }
    const auto chosen = asked->answer->read();
    const auto durable = folded(*house.log).local.mempool;
    BOOST_TEST(chosen.getPoolPosition() <= durable.position);
    for (const auto txn : chosen.getTxns()) {
      BOOST_TEST(find(durable, fixed<Hash32>(txn.getHash())) != nullptr);
    }
    house.run();
    BOOST_TEST(receipt->answer->read().isAccepted());
  }
  const auto last = ask_choice(house);
  house.run();
  BOOST_TEST(last->answer->read().getTxns().size() == 20u);
  BOOST_TEST(last->answer->read().getWaiting() == 20u);
  BOOST_TEST(last->answer->read().getIncludedBlock() == 0u);
  BOOST_TEST(!last->answer->read().getStarved());
}

BOOST_AUTO_TEST_CASE(what_comes_after_the_choice_is_not_in_it) {
  Ground ground;
  House house(ground);
  house.run();
  house.tell(submit_command({.nonce = 0}));
  const auto asked = ask_choice(house);
  const auto later = house.tell(submit_command({.nonce = 1}));
  house.run();
  BOOST_TEST(later->answer->read().isAccepted());
  BOOST_TEST(asked->answer->read().getTxns().size() == 1u);
  BOOST_TEST(asked->answer->read().getPoolPosition() + 1 ==
             folded(*house.log).local.mempool.position);
}

BOOST_AUTO_TEST_CASE(a_mempool_that_ends_with_a_choice_open_lets_it_go) {
  Ground ground;
  House house(ground);
  house.run();
  house.tell(submit_command({.nonce = 0}));
  const auto asked = ask_choice(house);
  while (house.stage.scheduler.prioritize(house.mempool)) house.stage.scheduler.run_once();
  house.crash();
  BOOST_TEST(!asked->answer.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
