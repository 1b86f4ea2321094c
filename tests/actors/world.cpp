#include <boost/json.hpp>

#include "events/locking/open_pool.hpp"
#include "tests/fixture/house.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

using Answer = AskedPtr<Msg<schema::WorldAnswer>>;

boost::json::value json_of(const Answer& asked) {
  BOOST_REQUIRE(asked->answer.has_value());
  BOOST_REQUIRE(asked->answer->read().isJson());
  return boost::json::parse(asked->answer->read().getJson().cStr());
}
std::string status_of(House& house, const Hash32& hash) {
  const auto asked = house.look_up(0, [&](auto query) { query.setFate(data(hash)); });
  house.run();
  return json_of(asked).at("status").as_string().c_str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(world_actor_)

BOOST_AUTO_TEST_CASE(a_question_waits_for_the_position_it_names) {
  Ground ground;
  House house(ground);
  house.run();
  const auto head = last_seq(*house.log);
  const auto ask = [](auto query) { query.setStatus(); };
  const auto now = house.query(head, ask), later = house.query(head + 2, ask);
  house.run();
  BOOST_TEST(now->answer->read().getSeq() == head);
  house.tell(submit_command({.nonce = 0}));
  house.run();
  BOOST_TEST(!later->answer.has_value());
  house.tell(submit_command({.nonce = 1}));
  house.run();
  BOOST_TEST(later->answer->read().getSeq() == head + 2);
  BOOST_TEST(json_of(later).at("mempool").as_int64() == 2);
}

BOOST_AUTO_TEST_CASE(of_keys_that_are_all_unknown_the_first_is_named) {
  Ground ground;
  House house(ground);
  house.run();
  const auto asked = house.query(last_seq(*house.log), [](auto query) {
    auto signers = query.initNextBlock(2);
    signers.set(0, data(account(201)));
    signers.set(1, data(account(202)));
  });
  house.run();
  BOOST_REQUIRE(asked->answer.has_value());
  const auto next = asked->answer->read().getNextBlock();
  BOOST_TEST(!next.getActive());
  BOOST_TEST(std::string(next.getStanding().cStr()) ==
             "sequencer " + to_hex(account(201)) + " is no signer in the locking pool");
}

BOOST_AUTO_TEST_CASE(a_question_with_a_receipt_is_never_stale) {
  Ground ground;
  House house(ground);
  for (std::uint64_t nonce = 0; nonce < 20; ++nonce) {
    const auto receipt = house.tell(submit_command({.nonce = nonce}));
    while (!receipt->answer) house.stage.scheduler.run_once();
    const auto seq = receipt->answer->read().getAccepted();
    const auto asked =
        house.query(seq, [](auto query) { query.setPendingNonce(data(account(1))); });
    while (!asked->answer) house.stage.scheduler.run_once();
    BOOST_TEST(asked->answer->read().getNumber() == nonce + 1);
  }
}

BOOST_AUTO_TEST_CASE(it_answers_what_wallets_and_people_ask) {
  Ground ground;
  House house(ground);
  const Transfer transfer;
  BOOST_TEST((house.submit(raw_of(transfer)).refused == Reason::NONE));
  const auto ask = [&](auto fill) {
    const auto asked = house.query(0, fill);
    house.run();
    return asked;
  };
  const auto hash = hash_of(transfer);
  BOOST_TEST(status_of(house, hash) == "pending");
  const auto unknown = house.look_up(0, [](auto query) { query.setFate(data(Hash32{{1}})); });
  house.run();
  BOOST_TEST(unknown->answer->read().isAbsent());
  const auto pooled = json_of(ask([&](auto query) { query.setPooled(data(hash)); }));
  BOOST_TEST((pooled.at("hash").as_string() == to_hex(hash)));
  BOOST_TEST(
      ask([](auto query) { query.setPooled(data(Hash32{{1}})); })->answer->read().isAbsent());
  BOOST_TEST(
      ask([](auto query) { query.setPendingNonce(data(account(77))); })->answer->read().isAbsent());
  BOOST_TEST(ask([](auto) {})->answer->read().isAbsent());
  const auto locking = json_of(ask([](auto query) { query.setSequencers(); }));
  BOOST_TEST(locking.at("sequencers").as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(whoever_follows_l1_gets_the_pool_with_its_own_command) {
  Ground ground;
  House house(ground);
  const auto receipt =
      house.tell(Scene::block(61, {locked_by_secret(2, 2, metis(30000), metis(50000))}));
  const auto refused = house.tell(advance_to(59, 30));
  while (!receipt->answer) house.stage.scheduler.run_once();
  BOOST_REQUIRE(receipt->answer->read().isAccepted());
  const auto seq = receipt->answer->read().getAccepted();
  const auto pool = house.query(seq, [](auto query) { query.setOpenPool(); });
  const auto progress = house.query(seq, [](auto query) { query.setL1Progress(); });
  house.run();
  BOOST_TEST(refused->answer->read().isRejected());
  const auto world = folded(*house.log);
  const auto told = to_open_pool(pool->answer->read().getOpenPool());
  BOOST_TEST((told.view == world.shared.locking.current));
  BOOST_TEST(told.view.sequencers.size() == 2u);
  const auto known = to_progress(progress->answer->read().getL1Progress());
  BOOST_TEST((known.confirmed == world.shared.locking.confirmed_head));
  BOOST_TEST(known.blocks.size() == 2u);
  BOOST_TEST(known.blocks.back().number == 61u);
}

BOOST_AUTO_TEST_CASE(its_hashes_are_those_of_the_log) {
  Ground ground;
  House house(ground);
  for (std::uint64_t nonce = 0; nonce < 30; ++nonce) {
    house.tell(
        submit_command({.sender = static_cast<std::uint8_t>(nonce % 7), .nonce = nonce / 7}));
    house.tell(advance_to(61 + nonce, 30));
  }
  house.run();
  const auto told = json_of([&] {
    const auto asked = house.query(0, [](auto query) { query.setStatus(); });
    house.run();
    return asked;
  }());
  const auto world = folded(*house.log);
  const auto hashes = state_hashes(world);
  BOOST_TEST(told.at("seq").to_number<std::uint64_t>() == world.seq);
  BOOST_TEST((told.at("stateHash").at("shared").as_string() == to_hex(hashes.shared)));
  BOOST_TEST((told.at("stateHash").at("local").as_string() == to_hex(hashes.local)));
}

BOOST_AUTO_TEST_CASE(it_knows_the_sealed_head_from_the_start) {
  Ground ground;
  {
    House house(ground);
    house.submit(raw_of(Transfer{}));
    house.produce();
    BOOST_TEST(house.board->sealed_head.load() == 1u);
  }
  House again(ground);
  again.run();
  BOOST_TEST(again.board->sealed_head.load() == 1u);
  BOOST_TEST(status_of(again, hash_of(Transfer{})) == "included");
  // The account is looked at where it stands, not at block 0.
  BOOST_TEST((again.submit(raw_of(Transfer{})).refused == Reason::NONCE_TOO_LOW));
}

BOOST_AUTO_TEST_CASE(lookups_catch_up_no_further_than_the_state) {
  Ground ground;
  {
    House house(ground);
    for (std::uint64_t nonce = 0; nonce < 5; ++nonce) {
      house.submit(raw_of(Transfer{.nonce = nonce}));
    }
  }
  const auto environment = *open_log(ground.log(), Access::rebuildable);
  LogReader log(environment);
  const auto end = last_seq(log);
  auto lookups = Lookups::open({ground.directory.path / "other", "test", "boot"});
  BOOST_REQUIRE(lookups.has_value());
  BOOST_REQUIRE(catch_up(*lookups, log, end - 2).has_value());
  BOOST_TEST(lookups->position().value() == end - 2);
  BOOST_REQUIRE(catch_up(*lookups, log, end).has_value());
  BOOST_TEST(lookups->position().value() == end);
  BOOST_TEST(lookups->mentions(hash_of(Transfer{.nonce = 4}))->size() == 1u);
  // A state beyond the log is no reason to search for ever.
  BOOST_TEST(!catch_up(*lookups, log, end + 1).has_value());
}

BOOST_AUTO_TEST_CASE(at_rest_everything_enqueued_is_handled) {
  Ground ground;
  House house(ground);
  const auto answers = house.submit({raw_of(Transfer{}), raw_of(Transfer{}), Bytes{1}});
  house.tell(advance_to(61, 30));
  house.produce();
  for (int second = 0; second < 3; ++second) house.pass(1000);
  BOOST_TEST(answers->size() == 3u);
  for (const auto& meter : house.meters.all()) {
    BOOST_TEST_CONTEXT(meter->name) {
      BOOST_TEST(meter->enqueued.load() == meter->handled.load());
      BOOST_TEST(meter->since_ns.load() == 0u);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
