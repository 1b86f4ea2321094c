#include "node/start/rules.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/fixture/deciders.hpp"

// What the settings say of shared rules, beside what a log has of them.

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(rules_of_the_settings)

BOOST_AUTO_TEST_CASE(a_log_of_before_there_was_a_genesis_lacks_what_it_never_had) {
  SharedState state;
  BOOST_REQUIRE(settle(state, open_chain().read()).ok());
  const SequenceOptions options;
  BOOST_TEST(lacking_rules(state, options).size() == shared_rules(options).size());
  for (const auto& each : lacking_rules(state, options)) {
    BOOST_TEST(settle_rule(state, each.rule.read()).facts.size() == 1u, each.settings);
  }
  BOOST_TEST(lacking_rules(state, options).empty());
  BOOST_TEST(other_rules(state, options) == "");
}

BOOST_AUTO_TEST_CASE(what_it_has_otherwise_is_named_and_not_lacking) {
  SharedState state;
  BOOST_REQUIRE(settle(state, open_chain().read()).ok());
  SequenceOptions options;
  for (const auto& each : shared_rules(options)) {
    BOOST_REQUIRE(settle_rule(state, each.rule.read()).ok());
  }
  options.epoch_length = 7;
  options.sign_txns = true;
  BOOST_TEST(lacking_rules(state, options).empty());
  BOOST_TEST(other_rules(state, options) == "l2.epoch_length, l2.sign_txns");
}

BOOST_AUTO_TEST_SUITE_END()
