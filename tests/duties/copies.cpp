#include "duties/copies.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/fixture/print.hpp"

using namespace horae;
using schema::Reason;

namespace {

using namespace std::chrono_literals;

Hash32 copied_hash(std::uint8_t n) {
  Hash32 out;
  out.bytes.fill(n);
  return out;
}
Address asked_member(std::uint8_t n) {
  Address out;
  out.bytes.fill(n);
  return out;
}

const Copies::Time begun{};
const Address first = asked_member(1), second = asked_member(2), third = asked_member(3);

Copies::Id add(Copies& copies, std::uint8_t n, Copies::Time now = begun) {
  const auto id = copies.add(copied_hash(n), Bytes(100, n), now);
  BOOST_REQUIRE(id);
  return *id;
}

// Everybody of these is linked.
Copies linked_copies(std::size_t wanted, std::vector<Address> members = {first, second, third}) {
  Copies out(wanted);
  out.link(std::move(members));
  return out;
}

// The next request, which is to that member.
Copies::Request asked_of(Copies& copies, const Address& member, Copies::Time now = begun) {
  const auto request = copies.next(now);
  BOOST_REQUIRE(request);
  BOOST_TEST((request->member == member));
  return *request;
}

void answer(Copies& copies, const Copies::Request& request, Reason reason) {
  const std::vector<Copies::Said> said(request.txns.size(), {reason, "by the test"});
  BOOST_TEST(copies.answered(request.number, said));
}

// What came of the one transaction that has come to an end.
Copies::End end_of(Copies& copies) {
  const auto ended = copies.take_ended();
  BOOST_REQUIRE(ended.size() == 1u);
  return ended.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(copies_of_txns)

BOOST_AUTO_TEST_CASE(the_first_member_is_asked_and_its_word_is_enough_for_two) {
  auto copies = linked_copies(2);
  const auto id = add(copies, 1);
  const auto request = asked_of(copies, first);
  BOOST_TEST((request.txns == std::vector{id}));
  BOOST_TEST(!copies.next(begun));
  BOOST_TEST(copies.take_ended().empty());
  answer(copies, request, Reason::NONE);
  const auto end = end_of(copies);
  BOOST_TEST(end.txn == id);
  BOOST_TEST(end.enough);
  BOOST_TEST(end.have == 2u);
  BOOST_TEST(copies.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(for_three_two_are_asked_at_once) {
  auto copies = linked_copies(3);
  add(copies, 1);
  const auto one = asked_of(copies, first), other = asked_of(copies, second);
  BOOST_TEST(!copies.next(begun));
  answer(copies, other, Reason::ALREADY_KNOWN);
  BOOST_TEST(copies.take_ended().empty());
  answer(copies, one, Reason::NONE);
  BOOST_TEST(end_of(copies).have == 3u);
}

BOOST_AUTO_TEST_CASE(what_comes_while_requests_are_on_their_way_goes_in_one) {
  auto copies = linked_copies(2);
  std::vector<Copies::Request> requests;
  std::vector<Copies::Id> ids;
  for (std::uint8_t n = 1; n <= 10; ++n) {
    ids.push_back(add(copies, n));
    while (const auto request = copies.next(begun)) requests.push_back(*request);
  }
  BOOST_REQUIRE(requests.size() == Copies::most_requests);
  answer(copies, requests.front(), Reason::NONE);
  const auto rest = asked_of(copies, first);
  BOOST_TEST((rest.txns == std::vector(ids.begin() + 2, ids.end())));
}

BOOST_AUTO_TEST_CASE(a_request_is_bounded_by_number_and_by_bytes) {
  auto copies = linked_copies(2, {first});
  for (std::size_t i = 0; i < Copies::most_in_one + 1; ++i) add(copies, 1);
  BOOST_TEST(asked_of(copies, first).txns.size() == Copies::most_in_one);
  BOOST_TEST(asked_of(copies, first).txns.size() == 1u);
  auto large = linked_copies(2, {first});
  for (int i = 0; i < 3; ++i) {
    BOOST_REQUIRE(large.add(copied_hash(1), Bytes(Copies::most_bytes_in_one / 2, 1), begun));
  }
  BOOST_TEST(asked_of(large, first).txns.size() == 2u);
}

BOOST_AUTO_TEST_CASE(too_much_is_not_taken_on_until_something_has_ended) {
  auto copies = linked_copies(2, {first});
  const Bytes large(Copies::most_bytes / 2, 1);
  BOOST_TEST(copies.add(copied_hash(1), large, begun).has_value());
  BOOST_TEST(copies.add(copied_hash(2), large, begun).has_value());
  BOOST_TEST(!copies.add(copied_hash(3), Bytes(1, 1), begun));
  answer(copies, asked_of(copies, first), Reason::NONE);
  BOOST_TEST(copies.add(copied_hash(3), Bytes(1, 1), begun).has_value());
}

BOOST_AUTO_TEST_CASE(who_is_busy_is_asked_again_and_another_one_at_once) {
  auto copies = linked_copies(3, {first, second});
  add(copies, 1);
  const auto one = asked_of(copies, first), other = asked_of(copies, second);
  answer(copies, other, Reason::NONE);
  answer(copies, one, Reason::BUSY);
  BOOST_TEST(!copies.next(begun));
  copies.link({first, second, third});
  answer(copies, asked_of(copies, third), Reason::POOL_FULL);
  copies.look(begun + 250ms);
  answer(copies, asked_of(copies, first), Reason::NONE);
  BOOST_TEST(end_of(copies).enough);
}

BOOST_AUTO_TEST_CASE(who_refuses_is_no_copy_and_not_asked_again) {
  auto copies = linked_copies(2, {first, second});
  add(copies, 1);
  answer(copies, asked_of(copies, first), Reason::INSUFFICIENT_FUNDS);
  answer(copies, asked_of(copies, second), Reason::NONCE_TOO_LOW);
  copies.look(begun + 1s);
  BOOST_TEST(!copies.next(begun + 1s));
  copies.look(begun + Copies::patience);
  const auto end = end_of(copies);
  BOOST_TEST(!end.enough);
  BOOST_TEST(end.have == 1u);
  BOOST_TEST(end.why.find("2 other members are linked to this node") != std::string::npos, end.why);
  BOOST_TEST(end.why.find("by the test") != std::string::npos, end.why);
}

BOOST_AUTO_TEST_CASE(a_link_that_ends_is_made_up_for_by_another_one) {
  auto copies = linked_copies(2, {first, second});
  add(copies, 1);
  add(copies, 2);
  const auto lost = asked_of(copies, first);
  BOOST_TEST(lost.txns.size() == 2u);
  const auto queued = add(copies, 3);
  (void)asked_of(copies, first);  // the last that is on its way
  const auto left = add(copies, 4);
  copies.link({second});
  BOOST_TEST((asked_of(copies, second).txns == std::vector{left}));
  copies.failed(lost.number, "the link broke");
  BOOST_TEST((asked_of(copies, second).txns == lost.txns));
  BOOST_TEST(copies.waiting() == 4u);
  BOOST_TEST(queued != left);
}

BOOST_AUTO_TEST_CASE(who_is_slow_is_passed_over_and_still_counts_when_it_answers) {
  auto copies = linked_copies(2, {first, second});
  add(copies, 1);
  const auto slow = asked_of(copies, first);
  copies.look(begun + 250ms);
  BOOST_TEST(!copies.next(begun));
  copies.look(begun + 500ms);
  const auto other = asked_of(copies, second, begun + 500ms);
  BOOST_TEST((other.txns == slow.txns));
  add(copies, 2, begun + 600ms);
  BOOST_TEST((asked_of(copies, second, begun + 600ms).txns != slow.txns));
  answer(copies, slow, Reason::NONE);
  BOOST_TEST(end_of(copies).enough);
  answer(copies, other, Reason::NONE);
  BOOST_TEST(copies.take_ended().empty());
}

BOOST_AUTO_TEST_CASE(without_members_it_waits_so_long_and_no_longer) {
  Copies copies(2);
  add(copies, 1);
  BOOST_TEST(!copies.next(begun));
  copies.look(begun + Copies::patience - 1ms);
  BOOST_TEST(copies.take_ended().empty());
  copies.look(begun + Copies::patience);
  const auto end = end_of(copies);
  BOOST_TEST(!end.enough);
  BOOST_TEST(end.why == "no other member is linked to this node");
}

BOOST_AUTO_TEST_CASE(a_block_that_has_it_is_enough) {
  auto copies = linked_copies(4);
  const auto one = add(copies, 1), again = add(copies, 1), other = add(copies, 2);
  copies.in_block(copied_hash(1));
  const auto ended = copies.take_ended();
  BOOST_REQUIRE(ended.size() == 2u);
  BOOST_TEST((ended[0].enough && ended[1].enough));
  BOOST_TEST(ended[0].txn + ended[1].txn == one + again);
  BOOST_TEST(copies.waiting() == 1u);
  BOOST_TEST(copies.raw(other).front() == 2);
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_number_is_none) {
  auto copies = linked_copies(2);
  add(copies, 1);
  const auto request = asked_of(copies, first);
  BOOST_TEST(!copies.answered(request.number, {}));
  copies.failed(request.number, "its answer is of another number of transactions");
  (void)asked_of(copies, second);
}

BOOST_AUTO_TEST_SUITE_END()
