#include "actors/copier.hpp"

#include <caf/send.hpp>

#include "actors/forwarder.hpp"
#include "duties/copies.hpp"
#include "tests/fixture/house.hpp"
#include "tests/fixture/links.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

const Address copying_leader = address_of_secret(2), other_member = address_of_secret(4);

// A member that users send transactions to, and that acknowledges them when two have them.
struct CopyingMember {
  Ground ground;
  House house{ground};
  std::shared_ptr<ScriptedLinks> links = std::make_shared<ScriptedLinks>();
  copier_actor copier = spawn_copier(house.stage.system, Threading::pooled,
                                     house.meters.add("copier"), house.board, 2, links);
  std::vector<CopiesTold> told;

  CopyingMember() { house.run(); }
  ~CopyingMember() {
    links->asked.clear();
    house.stage.drop(copier);
  }
  CopyingMember(const CopyingMember&) = delete;
  CopyingMember& operator=(const CopyingMember&) = delete;

  void link(std::vector<Address> members) {
    caf::anon_send(copier, LinkedMembers{std::move(members)});
    house.run();
  }
  void copy(const Transfer& transfer) {
    const auto raw = raw_of(transfer);
    const auto hash = keccak256(raw);
    caf::anon_send(
        copier, CopyTxn{hash, raw, [this](const CopiesTold& copies) { told.push_back(copies); }});
    house.run();
  }
  void answer(Reason reason) {
    links->answer(reason);
    house.run();
  }
  [[nodiscard]] Board::Copies seen() const { return house.board->get<Board::Copies>(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(copier)

BOOST_AUTO_TEST_CASE(nothing_is_told_before_another_member_has_it) {
  CopyingMember member;
  member.link({copying_leader, other_member});
  member.copy(Transfer{});
  BOOST_REQUIRE(member.links->asked.size() == 1u);
  BOOST_TEST((member.links->asked.front().member == copying_leader));
  BOOST_TEST((member.links->asked.front().raws() == std::vector<Bytes>{raw_of(Transfer{})}));
  BOOST_TEST(member.told.empty());
  BOOST_TEST(member.seen().waiting == 1u);
  member.answer(Reason::NONE);
  BOOST_REQUIRE(member.told.size() == 1u);
  BOOST_TEST(member.told.front().enough);
  BOOST_TEST(member.told.front().have == 2u);
  BOOST_TEST(member.seen().waiting == 0u);
  BOOST_TEST(member.seen().enough == 1u);
}

BOOST_AUTO_TEST_CASE(a_link_that_breaks_is_made_up_for) {
  CopyingMember member;
  member.link({copying_leader, other_member});
  member.copy(Transfer{});
  member.links->fail_one("the link broke");
  member.house.run();
  BOOST_REQUIRE(member.links->asked.size() == 1u);
  BOOST_TEST((member.links->asked.front().member == other_member));
  member.answer(Reason::ALREADY_KNOWN);
  BOOST_REQUIRE(member.told.size() == 1u);
  BOOST_TEST(member.told.front().enough);
}

BOOST_AUTO_TEST_CASE(without_links_it_says_so_in_time_and_a_later_try_succeeds) {
  CopyingMember member;
  member.copy(Transfer{});
  member.house.pass(1'000);
  BOOST_TEST(member.told.empty());
  member.house.pass(1'250);
  BOOST_REQUIRE(member.told.size() == 1u);
  BOOST_TEST(!member.told.front().enough);
  BOOST_TEST(member.told.front().have == 1u);
  BOOST_TEST(member.told.front().wanted == 2u);
  BOOST_TEST(member.seen().lacking == 1u);
  BOOST_TEST(member.seen().last_lack == member.told.front().why);
  member.copy(Transfer{});
  member.link({other_member});
  member.answer(Reason::NONE);
  BOOST_REQUIRE(member.told.size() == 2u);
  BOOST_TEST(member.told.back().enough);
}

BOOST_AUTO_TEST_CASE(a_member_of_before_links_took_transactions_is_none) {
  CopyingMember member;
  member.link({copying_leader});
  member.copy(Transfer{});
  const auto unknown = Msg<schema::MemberAnswer>::build([](auto root) { root.setNone(); });
  auto question = std::move(member.links->asked.front());
  member.links->asked.pop_front();
  question.told(Bytes(unknown.bytes().begin(), unknown.bytes().end()));
  member.house.run();
  BOOST_TEST(member.told.empty());
  member.house.pass(250);
  BOOST_TEST(member.links->asked.size() == 1u);  // busy ones are asked again, and so is this
}

BOOST_AUTO_TEST_CASE(a_block_that_has_it_is_enough_for_the_copier) {
  CopyingMember member;
  member.copy(Transfer{});
  caf::anon_send(member.copier, InBlock{{keccak256(raw_of(Transfer{}))}});
  member.house.run();
  BOOST_REQUIRE(member.told.size() == 1u);
  BOOST_TEST(member.told.front().enough);
}

BOOST_AUTO_TEST_CASE(the_forwarder_tells_whom_there_is_to_ask_and_what_blocks_have) {
  CopyingMember member;
  auto pool = member.house.given.shared.pool;
  for (const auto& each : {other_member, copying_leader}) pool.members[each] = {};
  const auto led = led_over(*member.house.log);
  auto forwarder = spawn_forwarder(
      member.house.stage.system, Threading::pooled, member.house.meters.add("forwarder"),
      member.house.board,
      {address_of_secret(3), pool, copying_leader, led.service.waiting(), member.house.given.seq},
      member.house.reader(), std::make_shared<ScriptedLinks>(), {.copier = member.copier},
      member.house.journal);
  const auto link = [&](const Address& to, bool open) {
    caf::anon_send(forwarder, MemberLink{to, open, ""});
    member.house.run();
  };
  link(address_of_secret(5), true);  // that has no voice
  BOOST_TEST(member.seen().linked == 0u);
  link(other_member, true);
  link(copying_leader, true);
  BOOST_TEST(member.seen().linked == 2u);
  member.copy(Transfer{});
  BOOST_REQUIRE(!member.links->asked.empty());
  BOOST_TEST((member.links->asked.front().member == copying_leader));
  link(copying_leader, false);
  BOOST_TEST(member.seen().linked == 1u);
  BOOST_REQUIRE((member.house.submit(raw_of(Transfer{})).refused == Reason::NONE));
  BOOST_TEST(member.told.empty());
  member.house.produce();
  BOOST_REQUIRE(member.told.size() == 1u);
  BOOST_TEST(member.told.front().enough);
  member.house.stage.drop(forwarder);
}

BOOST_AUTO_TEST_SUITE_END()
