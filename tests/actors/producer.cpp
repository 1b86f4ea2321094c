#include "tests/fixture/house.hpp"
#include "tests/fixture/print.hpp"
#include "tools/replay/audit/verify.hpp"

using namespace horae;
using namespace horae::test;

namespace {

Board::Production production(const House& house) { return house.board->get<Board::Production>(); }

std::vector<Msg<schema::BlocksFact>> blocks(House& house) {
  std::vector<Msg<schema::BlocksFact>> out;
  for (const auto& message : house.facts(Domain::BLOCKS)) {
    auto fact = Msg<schema::BlocksFact>::of(message);
    if (fact.read().isBlockSealed()) out.push_back(std::move(fact));
  }
  return out;
}

bool says(const House& house, const std::string& state, std::string_view words) {
  const auto seen = production(house);
  BOOST_TEST_MESSAGE(seen.state << ": " << seen.reason);
  return seen.state == state && seen.reason.find(words) != std::string::npos;
}

void ruled(House& house, bool signs_txns) {
  house.stage.ask<Receipt>(house.sequence, Msg<schema::BlocksCommand>::build([&](auto command) {
                             command.initSetSealRules().setSignsTxns(signs_txns);
                           }),
                           Cause{0});
  house.stage.ask<Receipt>(house.sequence, Msg<schema::BlocksCommand>::build([](auto command) {
                             command.initSetEpochLength().setBlocks(2);
                           }),
                           Cause{0});
  house.run();
}

void bound_by_l1(House& house) {
  house.stage.ask<Receipt>(house.sequence, Msg<schema::BlocksCommand>::build([](auto command) {
                             command.initSetL1Bound().setSeconds(1'000'000'000);
                           }),
                           Cause{0});
  house.run();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(producer)

BOOST_AUTO_TEST_CASE(without_transactions_there_are_no_blocks) {
  Ground ground;
  House house(ground);
  house.produce();
  for (int second = 0; second < 5; ++second) house.pass(1000);
  BOOST_TEST(blocks(house).empty());
  BOOST_TEST(says(house, "idle", "no transactions wait"));
  BOOST_TEST(ground.engine->height() == 0u);
  house.submit(raw_of(Transfer{.nonce = 7}));
  house.pass(1000);
  BOOST_TEST(says(house, "idle", "nonce before it"));
}

BOOST_AUTO_TEST_CASE(empty_blocks_bring_the_base_fee_down_to_who_waits_for_it) {
  Ground ground;
  House house(ground);
  house.produce();
  // The first block's base fee is 0.875 gwei, and each empty one takes an eighth off.
  house.submit(raw_of(Transfer{.max_fee = 700'000'000, .tip = 1}));
  for (int second = 0; second < 5; ++second) house.pass(1000);
  BOOST_TEST(blocks(house).size() == 3u);
  BOOST_TEST(ground.engine->height() == 3u);
  BOOST_TEST(says(house, "idle", "no transactions wait"));
}

BOOST_AUTO_TEST_CASE(one_block_each_block_time_while_transactions_wait) {
  Ground ground;
  House house(ground, {.block_time_s = 2});
  house.produce();
  std::uint64_t nonce = 0;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 3; ++i) {
      BOOST_TEST((house.submit(raw_of(Transfer{.nonce = nonce++})).refused == Reason::NONE));
    }
    house.pass(1000);
    house.pass(1000);
  }
  const auto made = blocks(house);
  BOOST_REQUIRE(made.size() == 4u);
  std::uint64_t number = 0, timestamp = 0;
  for (const auto& fact : made) {
    const auto header = fact.read().getBlockSealed().getHeader();
    BOOST_TEST(header.getNumber() == ++number);
    if (timestamp != 0) BOOST_TEST(header.getTimestamp() == timestamp + 2);
    timestamp = header.getTimestamp();
    BOOST_TEST(timestamp % 2 == 0u);
    BOOST_TEST(fact.read().getBlockSealed().getTxns().size() == 3u);
    BOOST_TEST(header.getL1Origin().getNumber() == 60u);
  }
  const auto world = folded(*house.log);
  BOOST_TEST(world.local.mempool.by_hash.empty());
  BOOST_TEST(world.local.mempool.included_block == 4u);
  BOOST_TEST((world.shared.blocks.head.hash == ground.engine->head()->hash));
}

// As where a leader was replaced before it made the block of this time.
BOOST_AUTO_TEST_CASE(whose_turn_begins_makes_a_block_at_once_where_this_block_time_has_none) {
  Ground ground;
  House house(ground, {.block_time_s = 2});
  house.produce();
  house.pass(1000);
  house.pass(1000);
  house.pass(500);
  house.submit(raw_of(Transfer{}));
  const auto begin_turn = [&] {
    caf::anon_send(house.producer, TurnBegins{0});
    house.run();
  };
  BOOST_TEST(blocks(house).empty());
  begin_turn();
  BOOST_TEST(blocks(house).size() == 1u);
  house.submit(raw_of(Transfer{.nonce = 1}));
  house.pass(1000);
  begin_turn();
  BOOST_TEST(says(house, "waiting", "this block time has its block"));
  BOOST_TEST(blocks(house).size() == 1u);
  house.pass(500);
  BOOST_TEST(blocks(house).size() == 2u);
  house.submit(raw_of(Transfer{.nonce = 2}));
  house.pass(1000);
  BOOST_TEST(blocks(house).size() == 2u);
  house.pass(1000);
  BOOST_TEST(blocks(house).size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_block_keeps_to_the_ordering_rule) {
  Ground ground;
  House house(ground);
  const Transfer low{.from = 10, .tip = gwei(1)}, high{.from = 11, .tip = gwei(2)};
  const Transfer second{.from = 10, .nonce = 1, .tip = gwei(2)};
  for (const auto& transfer : {low, high, second}) house.submit(raw_of(transfer));
  house.produce();
  const auto made = blocks(house);
  BOOST_REQUIRE(made.size() == 1u);
  const auto hashes = made[0].read().getBlockSealed().getHashes();
  BOOST_REQUIRE(hashes.size() == 3u);
  BOOST_TEST(fixed<Hash32>(hashes[0]) == hash_of(high));
  BOOST_TEST(fixed<Hash32>(hashes[1]) == hash_of(low));
  BOOST_TEST(fixed<Hash32>(hashes[2]) == hash_of(second));
}

BOOST_AUTO_TEST_CASE(a_block_holds_its_epoch_and_all_of_the_engines_payload) {
  Ground ground;
  House house(ground);
  ruled(house, false);
  LogsBloom bloom;
  bloom.bytes[7] = 1;
  ground.engine->distort = [&](Payload& payload) {
    payload.block.fee_recipient = account(1);
    payload.block.prev_randao = Hash32{{2}};
    payload.block.beacon_root = Hash32{{3}};
    payload.block.extra_data = {4};
    payload.block.logs_bloom = bloom;
    payload.requests = {{0, 5}, {1, 6}};
  };
  house.produce();
  for (std::uint64_t nonce = 0; nonce < 3; ++nonce) {
    house.submit(raw_of(Transfer{.nonce = nonce}));
    house.pass(1000);
  }
  const auto made = blocks(house);
  BOOST_REQUIRE(made.size() == 3u);
  const std::vector<std::uint64_t> epochs{1, 1, 2};
  for (std::size_t i = 0; i < made.size(); ++i) {
    const auto block = made[i].read().getBlockSealed();
    BOOST_TEST(block.getHeader().getEpoch() == epochs[i]);
    const auto payload = block.getPayload();
    BOOST_TEST(fixed<Address>(payload.getFeeRecipient()) == account(1));
    BOOST_TEST(fixed<Hash32>(payload.getPrevRandao()) == Hash32{{2}});
    BOOST_TEST(fixed<Hash32>(payload.getBeaconRoot()) == Hash32{{3}});
    BOOST_TEST((copy(payload.getExtraData()) == Bytes{4}));
    BOOST_TEST((fixed<LogsBloom>(payload.getLogsBloom()) == bloom));
    BOOST_REQUIRE(payload.getRequests().size() == 2u);
    BOOST_TEST((copy(payload.getRequests()[1]) == Bytes{1, 6}));
    BOOST_TEST(!block.hasTxnSignatures());
  }
  // From the log an engine is given what the block was made with.
  ground.engine->lose_everything();
  std::vector<BuildAttributes> given;
  ground.engine->during_build = [&] { given.push_back(ground.engine->asked); };
  BOOST_TEST((house.submit(raw_of(Transfer{.nonce = 3})).refused == Reason::BUSY));
  BOOST_REQUIRE(given.size() == 3u);
  for (const auto& attributes : given) {
    BOOST_TEST(attributes.fee_recipient == account(1));
    BOOST_TEST(attributes.prev_randao == Hash32{{2}});
    BOOST_TEST(attributes.beacon_root == Hash32{{3}});
  }
}

BOOST_AUTO_TEST_CASE(each_transactions_hash_is_signed_where_the_chain_asks_for_it) {
  Ground ground;
  House house(ground);
  ruled(house, true);
  house.submit(raw_of(Transfer{.from = 10}));
  house.submit(raw_of(Transfer{.from = 11}));
  house.produce();
  const auto made = blocks(house);
  BOOST_REQUIRE(made.size() == 1u);
  const auto block = made[0].read().getBlockSealed();
  BOOST_REQUIRE(block.getTxnSignatures().size() == 2u);
  for (unsigned i = 0; i < 2; ++i) {
    const auto signature = Signature::from(view(block.getTxnSignatures()[i]));
    BOOST_REQUIRE(signature.has_value());
    const auto key = recover(fixed<Hash32>(block.getHashes()[i]), *signature);
    BOOST_REQUIRE(key.has_value());
    BOOST_TEST(address_of(*key) == address_of_secret(1));
  }
}

BOOST_AUTO_TEST_CASE(what_the_engine_skips_is_dropped_with_its_reason) {
  Ground ground;
  House house(ground);
  const Transfer bad{.from = 10}, after{.from = 10, .nonce = 1}, fine{.from = 11};
  for (const auto& transfer : {bad, after, fine}) house.submit(raw_of(transfer));
  ground.engine->refuses[hash_of(bad)] = "it smells";
  house.produce();
  const auto made = blocks(house);
  BOOST_REQUIRE(made.size() == 1u);
  const auto block = made[0].read().getBlockSealed();
  BOOST_TEST(block.getHashes().size() == 1u);
  BOOST_REQUIRE(block.getSkipped().size() == 2u);
  const auto world = folded(*house.log);
  BOOST_TEST(find(world.local.mempool, hash_of(bad)) == nullptr);
  BOOST_TEST(find(world.local.mempool, hash_of(after)) != nullptr);
  const auto asked = house.look_up(0, [&](auto query) { query.setFate(data(hash_of(bad))); });
  house.run();
  const std::string fate = asked->answer->read().getJson().cStr();
  BOOST_TEST((fate.find("it smells") != std::string::npos));
  BOOST_TEST((fate.find("engineSkipped") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(when_all_are_skipped_there_is_no_block) {
  Ground ground;
  House house(ground);
  const Transfer bad;
  house.submit(raw_of(bad));
  ground.engine->refuses[hash_of(bad)] = "it smells";
  house.produce();
  BOOST_TEST(blocks(house).empty());
  BOOST_TEST(ground.engine->height() == 0u);
  BOOST_TEST(says(house, "waiting", "left out every transaction"));
  BOOST_TEST(folded(*house.log).local.mempool.by_hash.empty());
  house.pass(1000);
  BOOST_TEST(says(house, "idle", "no transactions wait"));
}

BOOST_AUTO_TEST_CASE(an_engine_that_fails_is_asked_again) {
  Ground ground;
  House house(ground);
  house.submit(raw_of(Transfer{}));
  ground.engine->build_fault = "out of breath";
  house.produce();
  BOOST_TEST(says(house, "waiting", "out of breath"));
  BOOST_TEST(blocks(house).empty());
  house.pass(1000);
  BOOST_TEST(blocks(house).size() == 1u);
  BOOST_TEST(production(house).state == "producing");
}

BOOST_AUTO_TEST_CASE(the_engine_shows_a_block_once_it_is_durable) {
  Ground ground;
  House house(ground);
  house.submit(raw_of(Transfer{}));
  int adopted = 0;
  ground.engine->during_adopt = [&] {
    ++adopted;
    BOOST_TEST(blocks(house).size() == 1u);
    BOOST_TEST(ground.engine->height() == 0u);
    BOOST_TEST(house.board->served_head() == 0u);
  };
  house.produce();
  ground.engine->during_adopt = [] {};
  BOOST_TEST(adopted == 1);
  BOOST_TEST(ground.engine->height() == 1u);
  BOOST_TEST(house.board->served_head() == 1u);
}

BOOST_AUTO_TEST_CASE(a_sealed_block_that_the_engine_does_not_take_is_offered_again) {
  Ground ground;
  House house(ground);
  house.submit(raw_of(Transfer{}));
  ground.engine->adopt_fault = "busy";
  house.produce();
  BOOST_TEST(blocks(house).size() == 1u);
  BOOST_TEST(says(house, "waiting", "the engine does not take the sealed block: busy"));
  BOOST_TEST(house.board->served_head() == 0u);
  BOOST_TEST(folded(*house.log).local.mempool.included_block == 0u);
  house.submit(raw_of(Transfer{.nonce = 1}));
  house.pass(1000);
  // That block, and no other in its place.
  BOOST_TEST(blocks(house).size() == 1u);
  BOOST_TEST(folded(*house.log).local.mempool.included_block == 1u);
  house.pass(1000);
  BOOST_TEST(blocks(house).size() == 2u);
  BOOST_TEST(ground.engine->height() == 2u);
}

BOOST_AUTO_TEST_CASE(an_engine_that_lost_everything_is_brought_back_from_the_log) {
  Ground ground;
  House house(ground);
  house.produce();
  for (std::uint64_t nonce = 0; nonce < 3; ++nonce) {
    house.submit(raw_of(Transfer{.nonce = nonce}));
    house.pass(1000);
  }
  BOOST_REQUIRE(blocks(house).size() == 3u);
  // While nothing waits: whoever sends the next transaction finds it out.
  ground.engine->lose_everything();
  BOOST_TEST((house.submit(raw_of(Transfer{.nonce = 3})).refused == Reason::BUSY));
  BOOST_TEST(ground.engine->height() == 3u);
  BOOST_TEST((house.submit(raw_of(Transfer{.nonce = 3})).refused == Reason::NONE));
  // Before the next block is built.
  ground.engine->lose_everything();
  house.pass(1000);
  BOOST_TEST(ground.engine->height() == 3u);
  house.pass(1000);
  BOOST_TEST(blocks(house).size() == 4u);
  // And between a block's record and its adoption.
  bool lost = false;
  ground.engine->during_adopt = [&] {
    if (!std::exchange(lost, true)) ground.engine->lose_everything();
  };
  house.submit(raw_of(Transfer{.nonce = 4}));
  house.pass(1000);
  BOOST_TEST(says(house, "waiting", "does not take the sealed block"));
  house.pass(1000);
  ground.engine->during_adopt = [] {};
  BOOST_TEST(ground.engine->height() == 5u);
  BOOST_TEST(blocks(house).size() == 5u);
  BOOST_TEST(folded(*house.log).local.mempool.included_block == 5u);
  BOOST_TEST((ground.engine->head()->hash == folded(*house.log).shared.blocks.head.hash));
}

BOOST_AUTO_TEST_CASE(others_are_heard_while_an_engine_is_brought_back) {
  Ground ground;
  House house(ground, {.engine_slice = std::chrono::milliseconds(0)});
  house.produce();
  for (std::uint64_t nonce = 0; nonce < 4; ++nonce) {
    house.submit(raw_of(Transfer{.nonce = nonce}));
    house.pass(1000);
  }
  BOOST_REQUIRE(blocks(house).size() == 4u);
  ground.engine->lose_everything();
  // A block a slice: nobody is shown what the engine does not have yet, and status tells how far it
  // is.
  std::vector<std::uint64_t> served, shown;
  ground.engine->during_build = [&] {
    served.push_back(house.board->served_head());
    shown.push_back(house.board->get<Board::CatchUp>().at);
  };
  const auto first =
      house.stage.ask<AlignAnswer>(house.engine, AlignEngine{4, house.log->last_seq().value(), {}});
  const auto second = house.stage.ask<AlignAnswer>(house.engine, CheckEngine{});
  house.run();
  ground.engine->during_build = [] {};
  BOOST_TEST(first->answer->done.has_value());
  BOOST_TEST(second->answer->done.has_value());
  BOOST_TEST(served == (std::vector<std::uint64_t>{4, 1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(shown == (std::vector<std::uint64_t>{0, 1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(house.board->get<Board::CatchUp>().to == 0u);
  BOOST_TEST(house.board->served_head() == 4u);
  BOOST_TEST(ground.engine->height() == 4u);
}

BOOST_AUTO_TEST_CASE(an_engine_that_comes_out_otherwise_than_the_log_is_told_of) {
  Ground ground;
  House house(ground);
  house.produce();
  house.submit(raw_of(Transfer{}));
  house.pass(1000);
  BOOST_REQUIRE(blocks(house).size() == 1u);
  // Another version of it, say, that has begun anew and charges more gas.
  ground.engine->lose_everything();
  BOOST_TEST(house.differs.empty());
  ground.engine->fund(address_of_secret(10), 0);
  house.submit(raw_of(Transfer{.nonce = 1}));
  house.pass(1000);
  BOOST_TEST(house.differs.find("block 1: the engine left out 0x") != std::string::npos,
             house.differs);
}

BOOST_AUTO_TEST_CASE(only_while_active) {
  Ground ground;
  House house(ground);
  house.submit(raw_of(Transfer{}));
  house.tell(Scene::block(61, {unlock_of_secret(1, 1, 61)}));
  house.run();
  house.produce();
  BOOST_TEST(blocks(house).empty());
  BOOST_TEST(says(house, "stopped", "in the locking pool"));
  BOOST_TEST(ground.engine->height() == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_is_sealed_while_l1_is_in_doubt) {
  Ground ground;
  House house(ground);
  house.submit(raw_of(Transfer{}));
  caf::anon_send(house.producer, L1Doubt{"block 61 shows no logs"});
  house.produce();
  house.pass(1000);
  BOOST_TEST(blocks(house).empty());
  BOOST_TEST(ground.engine->height() == 0u);
  BOOST_TEST(says(house, "waiting", "L1 is in doubt: block 61 shows no logs"));
  caf::anon_send(house.producer, L1Doubt{});
  house.pass(1000);
  BOOST_TEST(blocks(house).size() == 1u);
  // Where the doubt comes while the engine works, its block is forgotten.
  house.submit(raw_of(Transfer{.nonce = 1}));
  ground.engine->during_build = [&] {
    caf::anon_send(house.producer, L1Doubt{"block 62 shows no logs"});
  };
  house.pass(1000);
  ground.engine->during_build = [] {};
  BOOST_TEST(blocks(house).size() == 1u);
  BOOST_TEST(ground.engine->height() == 1u);
  caf::anon_send(house.producer, L1Doubt{});
  house.pass(1000);
  BOOST_TEST(blocks(house).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_block_built_too_late_is_not_sealed) {
  Ground ground;
  House house(ground);
  house.submit(raw_of(Transfer{}));
  // While the engine works, L1 tells that the sequencer left.
  ground.engine->during_build = [&] {
    house.tell(Scene::block(61, {unlock_of_secret(1, 1, 61)}));
    house.stage.scheduler.run_jobs_filtered(
        [&](caf::resumable* job) { return dynamic_cast<caf::abstract_actor*>(job) != nullptr; });
  };
  // The engine's own job runs within run(): what it is told is handled before its answer is.
  house.produce();
  ground.engine->during_build = [] {};
  BOOST_TEST(blocks(house).empty());
  BOOST_TEST(ground.engine->height() == 0u);
  const auto seen = production(house);
  BOOST_TEST((seen.reason.find("in the locking pool") != std::string::npos), seen.reason);
  house.pass(1000);
  BOOST_TEST(says(house, "stopped", "in the locking pool"));
  BOOST_TEST(folded(*house.log).local.mempool.by_hash.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_l1_that_went_back_is_waited_for_without_a_block_in_vain) {
  Ground ground;
  House house(ground);
  bound_by_l1(house);
  house.tell(advance_to(70, 30));
  house.submit(raw_of(Transfer{}));
  house.produce();
  BOOST_TEST(blocks(house).size() == 1u);
  house.tell(Scene::command([](auto root) {
    auto to = root.initRevert().initTo();
    to.setNumber(65);
    to.setHash(data(Scene::block_hash(65)));
  }));
  house.submit(raw_of(Transfer{.nonce = 1}));
  int built = 0;
  ground.engine->during_build = [&] { ++built; };
  house.pass(1000);
  BOOST_TEST(built == 0);
  BOOST_TEST(says(house, "waiting", "is block 65, the last block names 70: L1 went back"));
  house.tell(advance_to(71, 30));
  house.run();
  house.pass(1000);
  ground.engine->during_build = [] {};
  BOOST_TEST(blocks(house).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_block_on_an_l1_head_that_moved_on_is_built_anew_in_its_slot) {
  Ground ground;
  House house(ground);
  bound_by_l1(house);
  house.submit(raw_of(Transfer{}));
  int built = 0;
  ground.engine->during_build = [&] {
    if (++built > 1) return;
    house.tell(advance_to(61, 30));
    house.stage.scheduler.run_jobs_filtered(
        [&](caf::resumable* job) { return dynamic_cast<caf::abstract_actor*>(job) != nullptr; });
  };
  house.produce();
  ground.engine->during_build = [] {};
  BOOST_TEST(built == 2);
  BOOST_REQUIRE(blocks(house).size() == 1u);
  BOOST_TEST(blocks(house)[0].read().getBlockSealed().getHeader().getL1Origin().getNumber() == 61u);
  BOOST_TEST(production(house).undone == 0u);
}

BOOST_AUTO_TEST_CASE(a_clock_behind_the_parent_waits) {
  Ground ground;
  House house(ground);
  house.submit(raw_of(Transfer{}));
  house.produce();
  BOOST_TEST(blocks(house).size() == 1u);
  ground.clock->ms -= 5000;
  house.submit(raw_of(Transfer{.nonce = 1}));
  for (int second = 0; second < 5; ++second) {
    house.pass(1000);
    BOOST_TEST(blocks(house).size() == 1u);
    BOOST_TEST(says(house, "waiting", "clock"));
  }
  house.pass(1000);
  BOOST_TEST(blocks(house).size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_next_block_waits_for_the_mempools_record) {
  Ground ground;
  House house(ground);
  house.submit(raw_of(Transfer{.from = 10}));
  house.submit(raw_of(Transfer{.from = 11, .nonce = 1}));
  caf::anon_send(house.producer, caf::tick_atom::value);
  // As impatient as can be: time passes after every step, and more comes in.
  std::uint64_t nonce = 1;
  for (int step = 0; step < 3000; ++step) {
    if (step % 100 == 0) house.submit(std::vector<Bytes>{raw_of(Transfer{.nonce = nonce++})});
    if (!house.stage.scheduler.try_run_once() || step % 10 == 0) {
      ground.clock->ms += 500;
      house.stage.scheduler.advance_time(std::chrono::milliseconds(500));
    }
  }
  house.run();
  // A block is only ever sealed when the one before it is known to be included.
  World world;
  std::uint64_t sealed = 0;
  const auto shown = house.log->scan(1, UINT64_MAX, [&](std::uint64_t, BytesView value) {
    const auto record = decode_record(value);
    if (record->header.domain == Domain::BLOCKS && record->header.kind == 2) {
      BOOST_TEST(world.local.mempool.included_block == world.shared.blocks.head.number);
      ++sealed;
    }
    return fold(world, *record, Trust::bytes).has_value();
  });
  BOOST_TEST(shown.has_value());
  BOOST_TEST(sealed >= 10u);
}

// What comes in between the choice and the seal stands behind the pool position that the block
// names: an auditor must choose the same from the log.
BOOST_AUTO_TEST_CASE(an_auditor_finds_every_block_in_order_whatever_came_meanwhile) {
  Ground ground;
  std::uint64_t overtaken = 0;
  {
    House house(ground);
    caf::anon_send(house.producer, caf::tick_atom::value);
    std::map<std::uint8_t, std::uint64_t> nonces;
    for (int step = 0; step < 9000; ++step) {
      if (step % 7 == 0) {
        const auto from = static_cast<std::uint8_t>(10 + step % 9);
        house.submit(std::vector<Bytes>{raw_of(Transfer{.from = from,
                                                        .nonce = nonces[from]++,
                                                        .max_fee = gwei(20),
                                                        .tip = gwei(1u + step % 5u)})});
      }
      if (!house.stage.scheduler.try_run_once() || step % 20 == 0) {
        ground.clock->ms += 500;
        house.stage.scheduler.advance_time(std::chrono::milliseconds(500));
      }
    }
    house.run();
    World world;
    const auto shown = house.log->scan(1, UINT64_MAX, [&](std::uint64_t, BytesView value) {
      const auto record = decode_record(value);
      if (record->header.domain == Domain::BLOCKS) {
        const auto fact = Msg<schema::BlocksFact>::of(Message::trusted(record->payload));
        if (fact.read().isBlockSealed()) {
          const auto header = fact.read().getBlockSealed().getHeader();
          overtaken += header.getPoolPosition() < world.local.mempool.position ? 1 : 0;
        }
      }
      return fold(world, *record, Trust::bytes).has_value();
    });
    BOOST_TEST(shown.has_value());
  }
  const auto source = replay::Source::open(ground.directory.path);
  BOOST_REQUIRE(source.has_value());
  const auto verified = replay::verify(*source, nullptr);
  BOOST_REQUIRE_MESSAGE(verified.has_value(), (verified ? "" : replay::to_text(verified.error())));
  BOOST_TEST(verified->blocks >= 5u);
  BOOST_TEST(overtaken >= 3u);
}

BOOST_AUTO_TEST_CASE(an_engine_that_executes_what_was_not_asked_seals_nothing) {
  using Distortion = std::function<void(Payload&)>;
  const Distortion foreign = [](Payload& payload) { payload.block.txns.push_back(Hash32{{1}}); };
  const Distortion reordered = [](Payload& payload) {
    std::swap(payload.block.txns.front(), payload.block.txns.back());
  };
  const Distortion twice = [](Payload& payload) {
    payload.block.txns.push_back(payload.block.txns.front());
  };
  const Distortion silent = [](Payload& payload) { payload.block.txns.pop_back(); };
  for (const auto& distortion : {foreign, reordered, twice, silent}) {
    Ground ground;
    House house(ground);
    house.submit(raw_of(Transfer{.from = 10}));
    house.submit(raw_of(Transfer{.from = 11}));
    ground.engine->distort = distortion;
    house.produce();
    BOOST_TEST(blocks(house).empty());
    BOOST_TEST(ground.engine->height() == 0u);
    BOOST_TEST(says(house, "waiting", "engine"));
    // And production goes on with an honest one.
    ground.engine->distort = [](Payload&) {};
    house.pass(1000);
    BOOST_TEST(blocks(house).size() == 1u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
