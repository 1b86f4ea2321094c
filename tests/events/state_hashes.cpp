#include "events/state_hashes.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/fixture/deciders.hpp"

using namespace horae;
using namespace horae::test;

namespace {

// A log of starts, folded record by record.
struct Passage {
  Deciders node;
  World world;
  StateHashWatch watch;
  std::size_t folded = 0;
  Result<void> seen;

  Passage() { node.begin(); }
  void start_until(std::uint64_t seq) {
    while (node.log.values.size() < seq) node.node(start_node(node.local.node, "test"));
    fold_on();
  }
  void fold_on() {
    for (; folded < node.log.values.size(); ++folded) {
      const auto record = decode_record(node.log.values[folded]);
      BOOST_REQUIRE(fold(world, *record, Trust::bytes).has_value());
      seen = watch.see(world, *record);
    }
  }
  // The log is told of a state's hashes, and the watch holds its own against them.
  Result<void> told(const HashedState& state, const Hash32& local) {
    node.node(hash_state(node.local.node, state.seq, state.hashes.shared, local, state.digests));
    fold_on();
    return seen;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(state_hashes_in_the_log)

BOOST_AUTO_TEST_CASE(one_is_owed_at_each_multiple_and_held_against_what_the_log_says) {
  Passage life;
  life.start_until(StateHashWatch::every - 1);
  BOOST_TEST(!life.watch.owed().has_value());
  life.start_until(StateHashWatch::every + 5);
  const auto owed = life.watch.owed();
  BOOST_REQUIRE(owed.has_value());
  BOOST_TEST(owed->seq == StateHashWatch::every);
  BOOST_TEST(life.told(*owed, owed->hashes.local).has_value());
  BOOST_TEST(!life.watch.owed().has_value());
}

BOOST_AUTO_TEST_CASE(a_log_that_says_another_state_than_it_folds_to) {
  Passage life;
  life.start_until(StateHashWatch::every + 5);
  const auto wrong = life.told(*life.watch.owed(), Hash32{{1}});
  BOOST_REQUIRE(!wrong.has_value());
  BOOST_TEST(wrong.error().what.find("local state at record 10000") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_log_that_says_other_digests_than_its_shared_facts_have) {
  Passage life;
  life.start_until(StateHashWatch::every + 5);
  auto state = *life.watch.owed();
  BOOST_TEST(state.digests.at(Domain::LOCKING).count > 0u);
  BOOST_TEST(!state.digests.contains(Domain::NODE));
  state.digests.at(Domain::LOCKING).digest.bytes[0] ^= 1;
  const auto wrong = life.told(state, state.hashes.local);
  BOOST_REQUIRE(!wrong.has_value());
  BOOST_TEST(wrong.error().what.find("digests of the shared domains") != std::string::npos);
}

// As nodes wrote it before there were digests in it.
BOOST_AUTO_TEST_CASE(a_log_that_says_no_digests) {
  Passage life;
  life.start_until(StateHashWatch::every + 5);
  auto state = *life.watch.owed();
  state.digests.clear();
  BOOST_TEST(life.told(state, state.hashes.local).has_value());
}

BOOST_AUTO_TEST_CASE(a_state_is_hashed_once_and_never_backwards) {
  Passage life;
  life.node.node(hash_state(life.node.local.node, 3, Hash32{{1}}, Hash32{{2}}));
  BOOST_TEST(
      (hash_state(life.node.local.node, 3, Hash32{{1}}, Hash32{{2}}).refused == Reason::NOT_NEXT));
  BOOST_TEST(
      (hash_state(life.node.local.node, 2, Hash32{{1}}, Hash32{{2}}).refused == Reason::NOT_NEXT));
  BOOST_TEST(hash_state(life.node.local.node, 4, Hash32{{1}}, Hash32{{2}}).ok());
  life.fold_on();
  BOOST_TEST(life.world.local.node.hashed_seq == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
