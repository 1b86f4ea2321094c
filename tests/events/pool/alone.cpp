#include <boost/test/unit_test.hpp>

#include "events/pool/members.hpp"
#include "events/snapshot.hpp"
#include "tests/events/pool/agreed.hpp"
#include "tests/fixture/print.hpp"

// A node in no pool: its log begins with a genesis as well, and its rules change as a pool's do.

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(pool_alone)

namespace {

Msg<schema::PoolGenesis> nobodys_genesis(const char* name = "") {
  const auto pools = genesis_of({10});
  return Msg<schema::PoolGenesis>::build([&](auto genesis) {
    genesis.setL1ChainId(31337);
    genesis.setL2ChainId(l2_chain_id);
    genesis.setName(name);
    genesis.setL1Step(8);
    genesis.setLeader(data(Address{}));
    genesis.setRulesVersion(known_rules());
    genesis.setRules(pools.read().getRules());
  });
}

struct Alone {
  SharedState state;
  WrittenLog log;

  Alone() {
    const auto founding = found(state, nobodys_genesis().read());
    BOOST_REQUIRE_MESSAGE(founding.has_value(), (founding ? "" : founding.error().what));
    for (const auto& decision : *founding) log.add(decision);
    see(open_pool());
  }
  void see(const Msg<schema::LockingCommand>& command) {
    const auto said = settle(state, command.read());
    BOOST_REQUIRE_MESSAGE(said.ok(), said.detail);
    log.add(said);
  }
  Decision say(const Msg<schema::PoolCommand>& command) {
    auto said = settle(state, command.read(), InputSource{address_of_secret(1)});
    log.add(said);
    return said;
  }
  Decision want_epochs(std::uint64_t blocks, std::uint64_t from_block,
                       std::uint32_t needs = known_rules()) {
    const auto rule = Msg<schema::SharedCommand>::build(
        [&](auto root) { root.initBlocks().initSetEpochLength().setBlocks(blocks); });
    return say(Msg<schema::PoolCommand>::build([&](auto root) {
      auto change = root.initChangeRules();
      change.setFromBlock(from_block);
      change.setNeeds(needs);
      change.initRules(1).set(0, data(rule.bytes()));
    }));
  }
  void check_replay() const {
    World world;
    for (const auto& value : log.values) {
      const auto done = fold(world, *decode_record(value), Trust::bytes);
      BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().what));
    }
    BOOST_TEST((state_hash(world.shared) == state_hash(state)));
    const auto kept = Msg<schema::PoolAgreement>::of(state_message(state.pool));
    BOOST_TEST((state_message(restore(kept.read())).bytes().size() == kept.bytes().size()));
    BOOST_TEST(restore(kept.read()).has_genesis() == state.pool.has_genesis());
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_log_begins_with_a_genesis_of_nobody_else) {
  Alone alone;
  BOOST_TEST(alone.state.pool.has_genesis());
  BOOST_TEST(!alone.state.pool.is_founded());
  BOOST_TEST(alone.state.blocks.open);
  BOOST_TEST(alone.state.rewards.open);
  BOOST_TEST(most_block_bytes(alone.state) == UINT64_MAX);
  const auto again =
      Msg<schema::PoolCommand>::build([](auto root) { root.setFound(nobodys_genesis().read()); });
  BOOST_TEST(alone.say(again).facts.empty());
  const auto pool =
      Msg<schema::PoolCommand>::build([](auto root) { root.setFound(genesis_of({10}).read()); });
  BOOST_TEST(refusal(alone.say(pool)) == "fork");
}

BOOST_AUTO_TEST_CASE(who_has_a_name_has_members) {
  BOOST_TEST(why_no_genesis(nobodys_genesis().read()).empty());
  BOOST_TEST(why_no_genesis(nobodys_genesis("test-pool").read()) == "a pool without members");
}

BOOST_AUTO_TEST_CASE(nobody_joins_it) {
  Alone alone;
  const auto ready = Msg<schema::PoolCommand>::build([](auto root) {
    auto told = root.initBeReady();
    told.setPublicKey(data(public_key(secret(1))));
    told.setEndpoint("");
  });
  BOOST_TEST(refusal(alone.say(ready)) == "notOpen");
  const auto report = report_command(0, advance_to(40, 0).read());
  BOOST_TEST(refusal(alone.say(Msg<schema::PoolCommand>::copy_of(report.read().getPool()))) ==
             "notOpen");
}

BOOST_AUTO_TEST_CASE(its_own_word_changes_a_rule_from_a_block_of_l1_on) {
  Alone alone;
  alone.see(advance_to(40, 0));
  BOOST_TEST(refusal(alone.want_epochs(77, 40)) == "wrongContent");  // it is past
  const auto wanted = alone.want_epochs(77, 56);
  BOOST_TEST(wanted.facts.size() == 2u);
  BOOST_TEST(alone.want_epochs(77, 56).facts.empty());
  alone.see(advance_to(48, 0));
  BOOST_TEST(alone.state.blocks.epoch_length != 77u);
  alone.see(advance_to(60, 0));
  BOOST_TEST(alone.state.blocks.epoch_length == 77u);
  BOOST_TEST(alone.state.pool.coming.empty());
  BOOST_TEST(alone.state.pool.wished.empty());
  alone.check_replay();
}

BOOST_AUTO_TEST_CASE(of_a_bad_rule_nothing_is_set) {
  Alone alone;
  alone.want_epochs(77, 50);
  alone.see(advance_to(52, 0));
  alone.want_epochs(0, 56);
  alone.see(advance_to(60, 0));
  BOOST_TEST(alone.state.blocks.epoch_length == 77u);
  BOOST_TEST(alone.state.pool.coming.empty());
  alone.check_replay();
}

BOOST_AUTO_TEST_CASE(a_log_of_before_there_was_a_genesis_changes_its_rules_as_well) {
  Alone alone;
  alone.state = {};
  alone.log = {};
  const auto opened = settle(alone.state, open_chain().read());
  BOOST_REQUIRE(opened.ok());
  alone.log.add(opened);
  alone.see(open_pool());
  BOOST_TEST(alone.want_epochs(77, 56).facts.size() == 2u);
  alone.see(advance_to(60, 0));
  BOOST_TEST(alone.state.blocks.epoch_length == 77u);
  alone.check_replay();
}

BOOST_AUTO_TEST_SUITE_END()
