#include "core/message_shape.hpp"

#include <boost/test/unit_test.hpp>

#include "events/domains.hpp"
#include "tests/fixture/life.hpp"

BOOST_AUTO_TEST_SUITE(message_shape)

using namespace horae;
using namespace horae::test;

namespace {

// What is wrong with a command that was parsed as from outside; empty: nothing.
template <class Command, class Fill>
std::string flaw_of(Fill fill) {
  const auto built = Msg<Command>::build(fill);
  const auto parsed = Msg<Command>::parse(built.bytes());
  BOOST_REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().what));
  const auto formed = well_formed(parsed->read());
  return formed ? "" : formed.error().what;
}

template <class Fill>
std::string flaw_of_block(Fill fill) {
  return flaw_of<schema::BlocksCommand>([&](auto command) { fill(command.initSeal()); });
}

Bytes many(std::size_t size) { return Bytes(size, 7); }

}  // namespace

// The schemas say of every field that a shared command can carry what it may hold, or this stops.
BOOST_AUTO_TEST_CASE(every_field_of_a_shared_command_says_what_it_holds) {
  const StopsThrow stops;
  for_each_shared([](auto row) {
    using Command = typename decltype(row)::Shared::Command;
    BOOST_CHECK_NO_THROW((void)well_formed(Msg<Command>::build([](auto) {}).read()));
  });
}

BOOST_AUTO_TEST_CASE(a_schema_that_does_not_say_it_stops_each_time) {
  const StopsThrow stops;
  const auto state = Msg<schema::MempoolState>::build([](auto) {});
  for (int again = 0; again < 2; ++again) {
    BOOST_CHECK_EXCEPTION((void)well_formed(state.read()), Stopped, [](const Stopped& why) {
      return std::string(why.what()) == "MempoolState.txnSum does not say how long it may be";
    });
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_set_is_right) {
  BOOST_TEST(flaw_of<schema::LockingCommand>([](auto) {}) == "");
  BOOST_TEST(flaw_of_block([](auto) {}) == "");
  BOOST_TEST(flaw_of_block([](auto block) { block.initHeader().initParentHash(0); }) == "");
}

BOOST_AUTO_TEST_CASE(a_length_is_the_one_that_the_schema_says) {
  for (const std::size_t size : {1u, 31u, 33u, 4000u}) {
    BOOST_TEST(flaw_of_block([&](auto block) {
                 block.initHeader().initL1Origin().setHash(data(many(size)));
               }) == "seal.header.l1Origin.hash: " + std::to_string(size) +
                         " bytes where 32 were to come");
  }
  BOOST_TEST(flaw_of_block([](auto block) {
               block.initHeader().initL1Origin().setHash(data(many(32)));
             }) == "");
  // A number of 256 bits has 32 bytes, too.
  BOOST_TEST(flaw_of_block([](auto block) { block.initHeader().setBaseFee(data(many(8))); }) ==
             "seal.header.baseFee: 8 bytes where 32 were to come");
}

BOOST_AUTO_TEST_CASE(a_bound_holds) {
  const auto with_detail = [](std::size_t size) {
    return flaw_of<schema::RewardsCommand>(
        [&](auto command) { command.initReopen().setDetail(std::string(size, 'x').c_str()); });
  };
  BOOST_TEST(with_detail(4096) == "");
  BOOST_TEST(with_detail(4097) == "reopen.detail: 4097 bytes where at most 4096 were to come");
}

BOOST_AUTO_TEST_CASE(each_entry_of_a_list_is_looked_at) {
  BOOST_TEST(flaw_of_block([](auto block) {
               auto hashes = block.initHashes(3);
               hashes.set(0, data(many(32)));
               hashes.set(2, data(many(20)));
             }) == "seal.hashes.2: 20 bytes where 32 were to come");
  BOOST_TEST(flaw_of_block([](auto block) {
               block.initSenders(2)[1].setAddress(data(many(32)));
             }) == "seal.senders.1.address: 32 bytes where 20 were to come");
}

BOOST_AUTO_TEST_CASE(a_list_has_its_bound) {
  BOOST_TEST(flaw_of_block([](auto block) { block.initHashes(65'536); }) == "");
  BOOST_TEST(flaw_of_block([](auto block) { block.initHashes(65'537); }) ==
             "seal.hashes: 65537 entries where at most 65536 were to come");
  BOOST_TEST(flaw_of<schema::LockingCommand>([](auto command) {
               auto event = command.initObserve().initEvents(1)[0];
               event.initRewardDistributed().initCredits(4097)[0].setAmount(data(many(32)));
             }) ==
             "observe.events.0.rewardDistributed.credits: 4097 entries where at most 4096 "
             "were to come");
}

BOOST_AUTO_TEST_CASE(a_kind_that_no_version_knows_yet_is_refused) {
  BOOST_TEST(flaw_of<schema::MpcCommand>([](auto command) {
               command.initSign().initSlot().setPurpose(static_cast<schema::MpcPurpose>(4));
             }) == "sign.slot.purpose: a kind that this version does not know");
  BOOST_TEST(flaw_of<schema::PenaltiesCommand>([](auto command) {
               auto points = command.initSetParameters().initPoints(1);
               points[0].setKind(static_cast<schema::FaultKind>(0xffff));
             }) == "setParameters.points.0.kind: a kind that this version does not know");
}

// A newer version's fields pass the walk, since an old program reads newer logs.
BOOST_AUTO_TEST_CASE(fields_of_a_newer_version_are_refused) {
  const auto wider = [](auto fill) {
    // BlockSealed where SealRulesSet is expected: a word and pointers more.
    const auto built = Msg<schema::BlocksCommand>::build([&](auto command) {
      fill(command.initSeal());
      reinterpret_cast<std::uint16_t&>(*capnp::toAny(command).getDataSection().begin()) =
          schema::BlocksCommand::SET_SEAL_RULES;
    });
    const auto parsed = Msg<schema::BlocksCommand>::parse(built.bytes());
    BOOST_REQUIRE(parsed.has_value());
    BOOST_REQUIRE(parsed->read().isSetSealRules());
    return well_formed(parsed->read()).error().what;
  };
  BOOST_TEST(wider([](auto block) { block.setSignature(data(many(65))); }) ==
             "setSealRules: a field that this version does not know");
  // A word more than it has: ChainOpened's numbers.
  const auto built = Msg<schema::BlocksCommand>::build([&](auto command) {
    command.initOpen().setGasLimit(1);
    reinterpret_cast<std::uint16_t&>(*capnp::toAny(command).getDataSection().begin()) =
        schema::BlocksCommand::SET_L1_BOUND;
  });
  BOOST_TEST(well_formed(built.read()).error().what ==
             "setL1Bound: a field that this version does not know");
  // What stands beside a kind that has nothing.
  const auto empty = Msg<schema::BlocksCommand>::build([&](auto command) {
    command.initSetSealRules().setSignsTxns(true);
    reinterpret_cast<std::uint16_t&>(*capnp::toAny(command).getDataSection().begin()) =
        schema::BlocksCommand::NONE;
  });
  BOOST_TEST(well_formed(empty.read()).error().what == "a field that this version does not know");
}

BOOST_AUTO_TEST_SUITE_END()
