#include "actors/capture.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_message.hpp>

#include "actors/interfaces.hpp"
#include "core/hash.hpp"
#include "events/pool/input.hpp"
#include "telemetry/message_ring.hpp"
#include "tests/fixture/secret.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(captured_messages)

namespace {

template <class T>
CapturedMessage captured(T message) {
  return capture(*caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                            caf::make_message(std::move(message))),
                 0);
}

template <class T>
json::value shown(T message) {
  return json::parse(captured(std::move(message)).decode());
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_input_of_a_pool_is_shown_with_its_sender_and_command) {
  const auto command = Msg<schema::SharedCommand>::build(
      [](auto root) { root.initPool().initBeReady().setEndpoint("here"); });
  const auto input = sign_input("test", 7, command, secret(1));
  const Bytes bytes(input.bytes().begin(), input.bytes().end());
  const auto seen = shown(ProposeInput{bytes});
  BOOST_TEST(captured(ProposeInput{bytes}).kind == "ProposeInput");
  BOOST_TEST(seen.at("key").as_string() == to_hex(sha256(bytes)));
  BOOST_TEST(seen.at("number").to_number<int>() == 7);
  BOOST_TEST(seen.at("sender").as_string() == to_hex(address_of_secret(1)));
  BOOST_TEST(seen.at("command").at("pool").at("beReady").at("endpoint").as_string() == "here");
  BOOST_TEST(shown(CheckInput{bytes}) == seen);
}

BOOST_AUTO_TEST_CASE(what_is_no_input_is_shown_by_its_size) {
  const Bytes bytes{1, 2, 3};
  BOOST_TEST(shown(CheckInput{bytes}) ==
             json::value({{"key", to_hex(sha256(bytes))}, {"bytes", 3}}));
}

BOOST_AUTO_TEST_CASE(of_what_is_large_nothing_is_kept_but_its_size) {
  const auto seen = captured(CheckInput{Bytes(MessageRing::largest + 1)});
  BOOST_TEST(seen.bytes == MessageRing::largest + 1);
  BOOST_TEST(!seen.decode);
}

BOOST_AUTO_TEST_CASE(a_block_of_consensus_is_shown_by_its_size) {
  OrderedBlock block;
  block.height = 9;
  block.txns = {Bytes(1'000'000), Bytes(5)};
  const json::value wanted{
      {"height", 9}, {"hash", to_hex(Hash32())}, {"inputs", 2}, {"bytes", 1'000'005}};
  BOOST_TEST(shown(SettleBlock{block}) == wanted);
  BOOST_TEST(shown(AcceptBlock{block}) == wanted);
  BlockOutcome outcome;
  outcome.txns = {{0, {}, ""}, {1, {}, "no"}};
  const auto settled = shown(BlockSettled{outcome});
  BOOST_TEST(settled.at("inputs").to_number<int>() == 2);
  BOOST_TEST(settled.at("refused").to_number<int>() == 1);
  BOOST_TEST(shown(BlockSettled{fail("decided twice")}).at("fault").as_string() == "decided twice");
  BOOST_TEST(shown(BlockApplied{std::uint64_t{4}}).at("retained").to_number<int>() == 4);
}

BOOST_AUTO_TEST_CASE(decisions_that_are_one_commit_are_counted) {
  AppendTogether append;
  append.decisions.resize(2);
  append.decisions.back().refused = Reason::NOT_LEADER;
  const auto seen = shown(append);
  BOOST_TEST(seen.at("decisions").at(0).at("facts").to_number<int>() == 0);
  BOOST_TEST(seen.at("decisions").at(1).at("refused").as_string() == "notLeader");
}

BOOST_AUTO_TEST_SUITE_END()
