#include "actors/forwarder.hpp"

#include <caf/typed_event_based_actor.hpp>

#include "tests/fixture/house.hpp"
#include "tests/fixture/links.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

const Address leader = address_of_secret(2), follower_address = address_of_secret(3);

// A member that users send transactions to, and whose log says that another one leads.
struct Follower {
  Ground ground;
  std::optional<House> house;
  std::shared_ptr<ScriptedLinks> links = std::make_shared<ScriptedLinks>();
  forwarder_actor forwarder;
  penalty_monitor_actor monitor;
  std::shared_ptr<std::vector<ForwardsRefused>> told =
      std::make_shared<std::vector<ForwardsRefused>>();

  Follower() { start(); }
  ~Follower() { stop(); }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void start(const Address& mine = follower_address) {
    house.emplace(ground);
    const auto led = led_over(*house->log);
    monitor = house->stage.system.spawn([told = told]() -> penalty_monitor_actor::behavior_type {
      return {[](caf::tick_atom) {},
              [told](const ForwardsRefused& refused) { told->push_back(refused); }};
    });
    forwarder = spawn_forwarder(
        house->stage.system, Threading::pooled, house->meters.add("forwarder"), house->board,
        {mine, house->given.shared.pool, leader, led.service.waiting(), house->given.seq},
        house->reader(), links, {.monitor = monitor}, house->journal);
    house->run();
  }
  void stop() {
    if (!house) return;
    links->asked.clear();
    house->stage.drop(forwarder);
    house->stage.drop(monitor);
    house.reset();
  }
  void link(const Address& to, bool open) {
    caf::anon_send(forwarder, MemberLink{to, open, open ? "" : "by the test"});
    house->run();
  }
  void take(const Transfer& transfer) {
    BOOST_REQUIRE((house->submit(raw_of(transfer)).refused == Reason::NONE));
  }
  void answer(Reason reason) {
    links->answer(reason);
    house->run();
  }
  /// What the oldest unanswered request hands over, and to whom.
  [[nodiscard]] std::vector<Bytes> given(const Address& to = leader) {
    if (links->asked.empty()) return {};
    BOOST_TEST((links->asked.front().member == to));
    return links->asked.front().raws();
  }
  [[nodiscard]] Board::Forwarding seen() const { return house->board->get<Board::Forwarding>(); }
};

std::vector<Bytes> raws_of(const std::vector<Transfer>& transfers) {
  std::vector<Bytes> out;
  for (const auto& each : transfers) out.push_back(raw_of(each));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(forwarder)

BOOST_AUTO_TEST_CASE(what_is_let_in_is_handed_to_the_leader_at_once_and_once) {
  Follower node;
  node.link(leader, true);
  node.take({});
  BOOST_TEST((node.given() == raws_of({{}})));
  node.answer(Reason::NONE);
  node.house->pass(5000);
  BOOST_TEST(node.links->asked.empty());
  BOOST_TEST(node.seen().given == 1u);
  BOOST_TEST(node.seen().waiting == 1u);
  BOOST_TEST(node.seen().to_give == 0u);
}

BOOST_AUTO_TEST_CASE(what_came_before_the_link_is_handed_over_with_it_in_its_order) {
  Follower node;
  const std::vector<Transfer> all{{}, {.nonce = 1}, {.from = 11}};
  for (const auto& each : all) node.take(each);
  BOOST_TEST(node.links->asked.empty());
  BOOST_TEST(node.seen().stuck_since_ms != 0u);
  node.link(leader, true);
  BOOST_TEST((node.given() == raws_of(all)));
  BOOST_TEST(node.seen().stuck_since_ms == 0u);
}

BOOST_AUTO_TEST_CASE(many_go_in_several_requests_of_which_few_are_on_their_way) {
  Follower node;
  std::vector<Transfer> all;
  for (std::uint8_t from = 10; from < 20; ++from) {
    for (std::uint64_t nonce = 0; nonce < 60; ++nonce)
      all.push_back({.from = from, .nonce = nonce});
  }
  for (const auto& each : all) node.take(each);
  node.link(leader, true);
  std::vector<Bytes> handed;
  while (!node.links->asked.empty()) {
    BOOST_TEST(node.links->asked.size() <= 4u);
    for (auto& raw : node.given()) handed.push_back(std::move(raw));
    node.answer(Reason::NONE);
  }
  BOOST_TEST((handed == raws_of(all)));
}

BOOST_AUTO_TEST_CASE(what_the_leader_cannot_take_now_is_handed_over_again) {
  Follower node;
  node.link(leader, true);
  node.take({});
  node.answer(Reason::BUSY);
  BOOST_TEST(node.links->asked.empty());
  node.house->pass(500);
  BOOST_TEST((node.given() == raws_of({{}})));
  node.links->fail_one("the link broke");
  node.house->run();
  node.house->pass(500);
  BOOST_TEST((node.given() == raws_of({{}})));
}

BOOST_AUTO_TEST_CASE(what_the_leader_refuses_waits_and_is_handed_over_again_much_later) {
  Follower node;
  node.link(leader, true);
  node.take({});
  node.answer(Reason::INSUFFICIENT_FUNDS);
  BOOST_TEST(node.seen().refused == 1u);
  BOOST_TEST((node.seen().last_refusal.find("by the test") != std::string::npos));
  node.house->pass(20'000);
  BOOST_TEST(node.links->asked.empty());
  node.house->pass(15'000);
  BOOST_TEST((node.given() == raws_of({{}})));
}

BOOST_AUTO_TEST_CASE(the_monitor_is_told_once_of_what_the_leader_refuses) {
  Follower node;
  node.link(leader, true);
  node.take({});
  node.take({.from = 11});
  for (int times = 0; times < 2; ++times) {
    while (!node.links->asked.empty()) node.answer(Reason::INSUFFICIENT_FUNDS);
    node.house->pass(35'000);
  }
  BOOST_REQUIRE(node.told->size() == 1u);
  BOOST_TEST(node.told->front().count == 2u);
  BOOST_TEST((node.told->front().first == keccak256(raw_of(Transfer{}))));
  BOOST_TEST(node.told->front().why == "insufficientFunds");
}

BOOST_AUTO_TEST_CASE(what_is_in_a_block_is_not_handed_over) {
  Follower node;
  node.take({});
  node.house->produce();
  BOOST_REQUIRE(node.house->facts(Domain::BLOCKS).size() > 1u);
  node.take({.nonce = 1});
  node.link(leader, true);
  BOOST_TEST((node.given() == raws_of({{.nonce = 1}})));
}

BOOST_AUTO_TEST_CASE(a_start_hands_over_what_waited_before) {
  Follower node;
  node.take({});
  node.take({.from = 11});
  node.stop();
  node.start();
  node.link(leader, true);
  BOOST_TEST((node.given() == raws_of({{}, {.from = 11}})));
}

BOOST_AUTO_TEST_CASE(a_link_that_comes_again_is_given_everything_that_waits) {
  Follower node;
  node.link(leader, true);
  node.take({});
  node.answer(Reason::NONE);
  node.link(leader, false);
  BOOST_TEST(node.seen().why.find("version without links") != std::string::npos);
  node.take({.nonce = 1});
  node.link(leader, true);
  BOOST_TEST((node.given() == raws_of({{}, {.nonce = 1}})));
}

BOOST_AUTO_TEST_CASE(who_leads_hands_over_nothing) {
  Follower node;
  node.stop();
  node.start(leader);
  node.link(follower_address, true);
  node.take({});
  node.house->pass(1000);
  BOOST_TEST(node.links->asked.empty());
  BOOST_TEST(node.seen().to_give == 0u);
  BOOST_TEST(node.seen().stuck_since_ms == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
