#include "actors/block_executor.hpp"

#include "tests/fixture/house.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

Msg<schema::BlocksCommand> seal_of(const Message& fact) {
  return Msg<schema::BlocksCommand>::build([&](auto command) {
    command.setSeal(Msg<schema::BlocksFact>::of(fact).read().getBlockSealed());
  });
}

// A node that makes blocks, and one that is told of them: of the same chain, with an engine of its
// own and another key.
struct TwoNodes {
  Ground makers_ground, ground;
  House maker{makers_ground};
  std::optional<House> node;

  TwoNodes() {
    start();
    maker.produce();
  }
  void start() { node.emplace(ground, HouseOptions{.key = 2}); }

  /// One block of the maker's with these transactions.
  Msg<schema::BlocksCommand> make(const std::vector<Transfer>& transfers) {
    for (const auto& transfer : transfers) {
      BOOST_REQUIRE((maker.submit(raw_of(transfer)).refused == Reason::NONE));
    }
    maker.pass(1000);
    return seal_of(maker.facts(Domain::BLOCKS).back());
  }
  void tell(const Msg<schema::BlocksCommand>& block) {
    const auto receipt = node->stage.ask<Receipt>(node->sequence, block, Cause{0});
    node->run();
    BOOST_REQUIRE(receipt->answer.has_value());
    BOOST_REQUIRE(receipt->answer->read().isAccepted());
  }
  [[nodiscard]] Mempool pool() { return folded(*node->log).local.mempool; }
  [[nodiscard]] bool follows() {
    return ground.engine->head()->hash == makers_ground.engine->head()->hash &&
           pool().included_block == makers_ground.engine->height();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(block_executor)

BOOST_AUTO_TEST_CASE(anothers_block_is_executed_and_its_transactions_leave_the_pool) {
  TwoNodes both;
  const Transfer here, elsewhere{.from = 11};
  BOOST_TEST((both.node->submit(raw_of(here)).refused == Reason::NONE));
  both.tell(both.make({here, elsewhere}));
  BOOST_TEST(both.follows());
  BOOST_TEST(both.pool().by_hash.empty());
  BOOST_TEST(both.node->board->served_head() == 1u);
  // Neither lets in what is used up.
  BOOST_TEST((both.node->submit(raw_of(elsewhere)).refused == Reason::NONCE_TOO_LOW));
}

BOOST_AUTO_TEST_CASE(what_its_maker_says_of_senders_is_not_believed) {
  TwoNodes both;
  const auto honest = both.make({Transfer{}, Transfer{.nonce = 1}});
  both.tell(Msg<schema::BlocksCommand>::build([&](auto command) {
    command.setSeal(honest.read().getSeal());
    auto said = command.getSeal().initSenders(1);
    said[0].setAddress(data(account(12)));
    said[0].setNonce(7);
  }));
  BOOST_TEST(both.follows());
  const auto pool = both.pool();
  BOOST_TEST(pool.accounts.at(known_key(10).address).nonce == 2u);
  BOOST_TEST(!pool.accounts.contains(account(12)));
}

BOOST_AUTO_TEST_CASE(what_its_maker_left_out_waits_on_until_ones_own_engine_refuses_it) {
  TwoNodes both;
  const Transfer bad, fine{.from = 11};
  both.makers_ground.engine->refuses[hash_of(bad)] = "not by this engine";
  BOOST_TEST((both.node->submit(raw_of(bad)).refused == Reason::NONE));
  const auto block = both.make({bad, fine});
  BOOST_TEST(block.read().getSeal().getSkipped().size() == 1u);
  both.tell(block);
  BOOST_TEST(both.follows());
  BOOST_TEST(find(both.pool(), hash_of(bad)) != nullptr);
}

BOOST_AUTO_TEST_CASE(what_an_engine_does_not_take_is_offered_again_with_all_that_came_meanwhile) {
  TwoNodes both;
  bool away = true;
  both.ground.engine->during_build = [&] {
    if (away) both.ground.engine->build_fault = "out of breath";
  };
  for (std::uint64_t nonce = 0; nonce < 40; ++nonce) both.tell(both.make({{.nonce = nonce}}));
  BOOST_TEST(both.ground.engine->height() == 0u);
  BOOST_TEST(both.pool().included_block == 0u);
  const auto asked = both.node->stage.ask<BlockTaken>(both.node->executor, AwaitBlock{40});
  both.node->run();
  BOOST_REQUIRE(asked->answer.has_value());
  BOOST_TEST((asked->answer->done.error().what.find("out of breath") != std::string::npos));
  away = false;
  both.node->pass(1000);
  BOOST_TEST(both.ground.engine->height() == 40u);
  BOOST_TEST(both.follows());
}

BOOST_AUTO_TEST_CASE(a_start_includes_what_an_earlier_life_did_not) {
  TwoNodes both;
  both.tell(both.make({Transfer{}}));
  both.ground.engine->during_build = [&] { both.ground.engine->build_fault = "away"; };
  for (std::uint64_t nonce = 1; nonce < 21; ++nonce) both.tell(both.make({{.nonce = nonce}}));
  BOOST_TEST(both.pool().included_block == 1u);
  both.ground.engine->during_build = [] {};
  both.node.reset();
  both.start();
  BOOST_TEST(both.pool().included_block == 21u);
  BOOST_TEST(both.follows());
}

BOOST_AUTO_TEST_SUITE_END()
