#include "events/shared.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/fixture/deciders.hpp"

// What settle says to commands that no honest node sends.
BOOST_AUTO_TEST_SUITE(shared_strangers)

using namespace horae;
using namespace horae::test;

namespace {

struct Pool : Deciders {
  Pool() { begin(); }
  template <class Command>
  Decision settled(const Msg<Command>& command) {
    const auto before = hashes().shared;
    auto decision = settle(shared, command.read());
    if (!decision.ok()) BOOST_TEST((hashes().shared == before));
    return decision;
  }
};

bool says(const Decision& decision, Reason reason, std::string_view words) {
  BOOST_TEST_MESSAGE(decision.detail);
  return decision.refused == reason && decision.facts.empty() &&
         decision.detail.find(words) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_field_of_a_wrong_length_is_refused_by_its_name_in_every_domain) {
  Pool pool;
  const Bytes odd(7, 1);
  BOOST_TEST(says(pool.settled(Msg<schema::LockingCommand>::build(
                      [&](auto root) { root.initAdvance().initConfirmed().setHash(data(odd)); })),
                  Reason::MALFORMED, "advance.confirmed.hash: 7 bytes"));
  BOOST_TEST(says(pool.settled(Msg<schema::BlocksCommand>::build(
                      [&](auto root) { root.initSeal().initHeader().setSequencer(data(odd)); })),
                  Reason::MALFORMED, "seal.header.sequencer: 7 bytes"));
  BOOST_TEST(says(pool.settled(Msg<schema::RewardsCommand>::build(
                      [&](auto root) { root.initReopen().setBatchId(data(odd)); })),
                  Reason::MALFORMED, "reopen.batchId: 7 bytes"));
  BOOST_TEST(says(pool.settled(Msg<schema::MpcCommand>::build(
                      [&](auto root) { root.initSign().initContent().setTo(data(odd)); })),
                  Reason::MALFORMED, "sign.content.to: 7 bytes"));
  BOOST_TEST(says(pool.settled(Msg<schema::PenaltiesCommand>::build([&](auto root) {
    root.initAccuse().initTwoBlocks().initFirst().setSignature(data(odd));
  })),
                  Reason::MALFORMED, "accuse.twoBlocks.first.signature: 7 bytes"));
}

BOOST_AUTO_TEST_CASE(an_epoch_is_no_longer_than_numbers_of_blocks_can_be) {
  Pool pool;
  const auto length = [](std::uint64_t blocks) {
    return Msg<schema::BlocksCommand>::build(
        [&](auto root) { root.initSetEpochLength().setBlocks(blocks); });
  };
  BOOST_TEST(says(pool.settled(length(UINT64_MAX)), Reason::WRONG_CONTENT, "at most"));
  BOOST_TEST(pool.settled(length(1000)).ok());
}

BOOST_AUTO_TEST_CASE(a_bound_beyond_all_time_bounds_nothing) {
  Pool pool;
  BOOST_REQUIRE(pool.settled(Msg<schema::BlocksCommand>::build(
                                 [](auto root) { root.initSetL1Bound().setSeconds(UINT64_MAX); }))
                    .ok());
  Draft draft(pool.shared.blocks);
  draft.before_signing = [](auto header) {
    header.getL1Origin().setNumber(60);
    header.getL1Origin().setHash(data(Scene::block_hash(60)));
  };
  const auto sealed = pool.settled(draft.command());
  BOOST_TEST(sealed.ok(), sealed.detail);
}

BOOST_AUTO_TEST_CASE(a_block_uses_no_more_gas_than_it_may) {
  Pool pool;
  Draft draft(pool.shared.blocks);
  draft.before_signing = [](auto header) { header.setGasUsed(block_gas_limit + 1); };
  BOOST_TEST(says(pool.settled(draft.command()), Reason::WRONG_CONTENT, "gas used"));
}

BOOST_AUTO_TEST_CASE(one_l1_block_makes_no_more_facts_than_a_commit_holds) {
  Pool pool;
  // Two disagreements in each credit: nobody has the id, and so one each; many batches of them.
  const auto block = Scene::command([](auto root) {
    auto observe = root.initObserve();
    observe.setTimestamp(Scene::time(61));
    observe.initBlock().setNumber(61);
    observe.getBlock().setHash(data(Scene::block_hash(61)));
    observe.setParentHash(data(Scene::block_hash(60)));
    auto events = observe.initEvents(20);
    for (unsigned i = 0; i < events.size(); ++i) {
      auto batch = events[i].initRewardDistributed();
      batch.setSource(schema::SplitSource::CALLDATA);
      auto position = batch.initPosition();
      position.setBlock(61);
      position.setLogIndex(i);
      position.setTimestamp(Scene::time(61));
      position.setBlockHash(data(Scene::block_hash(61)));
      batch.initCredits(4096);
    }
  });
  BOOST_TEST(says(pool.settled(block), Reason::TOO_LARGE, "facts"));
}

BOOST_AUTO_TEST_SUITE_END()
