#include "events/node/node.hpp"

#include "tests/fixture/life.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

using Node = Life<NodeState, schema::NodeFact>;

Identity identity() {
  return {1,           10880,      7, 1'700'000'000, "anvil 1.7.1 fifo", Address{{1}}, Address{{2}},
          Hash32{{3}}, Hash32{{4}}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(node)

BOOST_AUTO_TEST_CASE(a_log_opens_once_and_counts_its_starts) {
  Node node;
  BOOST_TEST((start_node(node.state, "1").refused == Reason::NOT_OPEN));
  BOOST_TEST(node.live(open_log(node.state, identity())).facts.size() == 1u);
  BOOST_TEST((open_log(node.state, identity()).refused == Reason::WRONG_CONTENT));
  BOOST_TEST(node.live(start_node(node.state, "0.1.0")).facts.size() == 1u);
  BOOST_TEST(node.live(start_node(node.state, "0.2.0")).facts.size() == 1u);
  BOOST_TEST((node.state.starts == 2 && node.state.version == "0.2.0"));
  BOOST_TEST(difference(node.state.identity, identity()).empty());
  BOOST_TEST(node.state.identity.log_public_key == Hash32{{4}});
  node.replays();
}

BOOST_AUTO_TEST_CASE(every_difference_of_identity_is_named) {
  using Change = void (*)(Identity&);
  for (const auto& [words, change] : std::vector<std::pair<std::string, Change>>{
           {"L1 chain id: the log has 1, wanted 2", [](Identity& i) { i.l1_chain_id = 2; }},
           {"L2 chain id: the log has 10880, wanted 0", [](Identity& i) { i.l2_chain_id = 0; }},
           {"first L1 block: the log has 7, wanted 8", [](Identity& i) { i.from_block = 8; }},
           {"genesis time: the log has 1700000000, wanted 1",
            [](Identity& i) { i.genesis_time = 1; }},
           {"engine: the log has anvil 1.7.1 fifo, wanted reth",
            [](Identity& i) { i.engine = "reth"; }},
           {"LockingPool: the log has 0x01", [](Identity& i) { i.locking_pool = {}; }},
           {"LockingInfo: the log has 0x02", [](Identity& i) { i.locking_info = {}; }},
           {"L2 genesis: the log has 0x03", [](Identity& i) { i.l2_genesis = {}; }}}) {
    auto wanted = identity();
    change(wanted);
    const auto said = difference(identity(), wanted);
    BOOST_TEST_CONTEXT(said) { BOOST_TEST(said.starts_with(words)); }
  }
  auto two = identity();
  two.l1_chain_id = 2;
  two.engine = "reth";
  BOOST_TEST((difference(identity(), two).find("; engine") != std::string::npos));
  auto other_key = identity();
  other_key.log_public_key = {};
  BOOST_TEST(difference(identity(), other_key).empty());
  auto earlier = identity();
  earlier.from_block = 1;  // the contracts' deployment is none before 7
  BOOST_TEST(difference(identity(), earlier).empty());
}

BOOST_AUTO_TEST_CASE(a_log_of_another_format_is_not_guessed_at) {
  const StopsThrow stops;
  NodeState state;
  const auto newer =
      make_fact<schema::NodeFact>([](auto fact) { fact.initLogOpened().setFormat(2); });
  BOOST_CHECK_THROW(apply(state, *Msg<schema::NodeFact>::of(newer.payload)), std::logic_error);
  Node node;
  node.live(open_log(node.state, identity()));
  const auto again = Msg<schema::NodeFact>::of(node.facts.at(0).payload);
  BOOST_CHECK_THROW(apply(node.state, *again), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
