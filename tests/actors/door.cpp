#include "tests/fixture/house.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

// The same transaction with s on the other side of the group's order.
Bytes malleable(const Bytes& raw) {
  auto txn = *decode_txn(raw);
  txn.s =
      *u256_from_quantity("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141") -
      txn.s;
  txn.y_parity ^= 1;
  return encode_signed(txn);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(door)

BOOST_AUTO_TEST_CASE(a_good_one_is_let_in_and_durable) {
  Ground ground;
  House house(ground);
  for (const std::uint8_t type : Bytes{0, 1, 2}) {
    const Transfer transfer{.nonce = type, .type = type};
    const auto answer = house.submit(raw_of(transfer));
    BOOST_TEST((answer.refused == Reason::NONE), answer.detail);
    BOOST_TEST(answer.hash == hash_of(transfer));
    const auto world = folded(*house.log);
    const auto* txn = find(world.local.mempool, answer.hash);
    BOOST_REQUIRE(txn != nullptr);
    BOOST_TEST(txn->sender == address_of_secret(10));
    BOOST_TEST(txn->raw == raw_of(transfer));
  }
  BOOST_TEST(house.admission->in_flight.load() == 0u);
}

BOOST_AUTO_TEST_CASE(every_refusal_has_its_reason) {
  Ground ground;
  House house(ground);
  const auto why = [&](const Bytes& raw) { return house.submit(raw).refused; };
  const auto good = raw_of(Transfer{});
  auto blob = good;
  blob[0] = 3;
  BOOST_TEST((why({}) == Reason::MALFORMED));
  BOOST_TEST((why({0xff, 1, 2}) == Reason::MALFORMED));
  BOOST_TEST((why(blob) == Reason::UNSUPPORTED_TYPE));
  BOOST_TEST((why(Bytes((128u << 10) + 1, 2)) == Reason::TOO_LARGE));
  BOOST_TEST((why(Bytes((128u << 10) + 1, 3)) == Reason::UNSUPPORTED_TYPE));  // with its blobs
  BOOST_TEST((why(Bytes(128u << 10, 2)) == Reason::MALFORMED));
  BOOST_TEST((why(raw_of(Transfer{.chain_id = 1})) == Reason::WRONG_CHAIN));
  BOOST_TEST((why(raw_of(Transfer{.chain_id = {}, .type = 0})) == Reason::WRONG_CHAIN));
  BOOST_TEST((why(malleable(good)) == Reason::BAD_SIGNATURE));
  BOOST_TEST((why(raw_of(Transfer{.gas = 20999})) == Reason::INTRINSIC_GAS));
  BOOST_TEST((why(raw_of(Transfer{.gas = (1u << 24) + 1})) == Reason::GAS_LIMIT));
  BOOST_TEST((why(raw_of(Transfer{.max_fee = 1, .tip = 2})) == Reason::FEE_TOO_LOW));
  BOOST_TEST((why(raw_of(Transfer{.nonce = 5000})) == Reason::NONCE_TOO_HIGH));
  BOOST_TEST((why(raw_of(Transfer{.from = 50})) == Reason::INSUFFICIENT_FUNDS));
  BOOST_TEST((why(good) == Reason::NONE));
  BOOST_TEST((why(good) == Reason::ALREADY_KNOWN));
  BOOST_TEST((why(raw_of(Transfer{.value = 2})) == Reason::UNDERPRICED));
  BOOST_TEST(house.admission->in_flight.load() == 0u);
  BOOST_TEST(folded(*house.log).local.mempool.by_hash.size() == 1u);
}

BOOST_AUTO_TEST_CASE(beyond_the_limit_it_is_busy_at_once) {
  Ground ground;
  House house(ground, {.door_limit = 3});
  std::vector<Bytes> raws;
  for (std::uint64_t nonce = 0; nonce < 5; ++nonce)
    raws.push_back(raw_of(Transfer{.nonce = nonce}));
  // The door sees all of them before anybody else gets to work.
  const auto answers = house.submit(raws);
  while (house.stage.scheduler.prioritize(house.door)) house.stage.scheduler.run_once();
  while (house.stage.scheduler.prioritize(house.client->actor())) {
    house.stage.scheduler.run_once();
  }
  BOOST_REQUIRE(answers->size() == 2u);
  for (const auto& answer : *answers) BOOST_TEST((answer.refused == Reason::BUSY));
  BOOST_TEST(house.admission->in_flight.load() == 3u);
  house.run();
  BOOST_REQUIRE(answers->size() == 5u);
  for (std::size_t i = 2; i < 5; ++i) BOOST_TEST(((*answers)[i].refused == Reason::NONE));
  BOOST_TEST(house.admission->in_flight.load() == 0u);
  BOOST_TEST((house.submit(raws[3]).refused == Reason::NONE));
}

BOOST_AUTO_TEST_CASE(load_is_refused_before_a_signature_is_looked_at) {
  Ground ground;
  House house(ground, {.door_limit = 0});
  // What would be refused for its signature.
  BOOST_TEST((house.submit(malleable(raw_of(Transfer{}))).refused == Reason::BUSY));
  BOOST_TEST(house.admission->in_flight.load() == 0u);
}

BOOST_AUTO_TEST_CASE(a_closed_door_lets_nobody_in_and_those_inside_out) {
  Ground ground;
  House house(ground);
  const auto inside = house.submit(std::vector<Bytes>{raw_of(Transfer{})});
  while (house.admission->in_flight.load() == 0) house.stage.scheduler.run_once();
  house.admission->closed = &closed_by_stop;
  BOOST_TEST((house.submit(raw_of(Transfer{.nonce = 1})).refused == Reason::SHUTTING_DOWN));
  BOOST_REQUIRE(inside->size() == 1u);
  BOOST_TEST((inside->front().refused == Reason::NONE));
}

BOOST_AUTO_TEST_CASE(an_engine_that_does_not_answer_lets_nobody_in) {
  Ground ground;
  House house(ground);
  ground.engine->lookup_fault = "gone";
  const auto answer = house.submit(raw_of(Transfer{}));
  BOOST_TEST((answer.refused == Reason::BUSY));
  BOOST_TEST((answer.detail.find("gone") != std::string::npos));
  BOOST_TEST((house.submit(raw_of(Transfer{})).refused == Reason::NONE));
  BOOST_TEST(house.admission->in_flight.load() == 0u);
}

BOOST_AUTO_TEST_CASE(accounts_are_looked_up_together_and_once_a_block) {
  Ground ground;
  House house(ground);
  std::vector<Bytes> raws;
  for (std::uint8_t from = 10; from < 18; ++from) raws.push_back(raw_of(Transfer{.from = from}));
  house.submit(raws);
  house.run();
  std::size_t asked = 0;
  for (const auto count : ground.engine->lookups) asked += count;
  BOOST_TEST(asked == 8u);
  BOOST_TEST(ground.engine->lookups.size() < 8u);
  const auto before = ground.engine->lookups.size();
  house.submit(raw_of(Transfer{.nonce = 1}));
  BOOST_TEST(ground.engine->lookups.size() == before);
  house.produce();
  house.submit(raw_of(Transfer{.nonce = 2}));
  BOOST_TEST(ground.engine->lookups.size() == before + 1);
}

BOOST_AUTO_TEST_CASE(questions_come_back_to_whoever_asked) {
  Ground ground;
  House house(ground);
  std::optional<std::uint64_t> seq;
  const auto query = Msg<schema::WorldQuery>::build([](auto out) { out.setStatus(); });
  house.client->ask(query,
                    [&](const Msg<schema::WorldAnswer>& answer) { seq = answer.read().getSeq(); });
  house.run();
  BOOST_TEST(seq.value() == house.given.seq);
}

BOOST_AUTO_TEST_CASE(each_gets_the_answer_to_its_own) {
  Ground ground;
  House house(ground);
  std::map<std::uint64_t, Hash32> told;
  constexpr std::uint64_t count = 50;
  for (std::uint64_t nonce = 0; nonce < count; ++nonce) {
    house.client->submit(raw_of(Transfer{.nonce = nonce}), 1,
                         [&, nonce](const SubmitAnswer& answer) {
                           BOOST_TEST(told.emplace(nonce, answer.hash).second);
                         });
  }
  house.run();
  BOOST_REQUIRE(told.size() == count);
  for (const auto& [nonce, hash] : told) BOOST_TEST(hash == hash_of(Transfer{.nonce = nonce}));
}

BOOST_AUTO_TEST_CASE(a_client_that_ends_lets_its_callbacks_go) {
  Ground ground;
  House house(ground);
  const auto witness = std::make_shared<int>(0);
  const auto submit = [&](std::uint64_t nonce) {
    house.client->submit(raw_of(Transfer{.nonce = nonce}), 1,
                         [witness](const SubmitAnswer&) { ++*witness; });
  };
  submit(0);
  submit(1);
  BOOST_TEST(witness.use_count() == 3);
  house.stage.drop(house.client->actor());
  BOOST_TEST(witness.use_count() == 1);
  submit(2);  // comes too late: it is let go at once
  BOOST_TEST(witness.use_count() == 1);
  house.run();
  BOOST_TEST(*witness == 0);
  // What was let in is let in all the same.
  BOOST_TEST(folded(*house.log).local.mempool.by_hash.size() >= 2u);
  BOOST_TEST(house.admission->in_flight.load() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
