#include "events/domains.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "events/json.hpp"
#include "tests/fixture/life.hpp"

using namespace horae;

namespace {

constexpr auto unknown = static_cast<Domain>(99);

}  // namespace

BOOST_AUTO_TEST_SUITE(domains)

BOOST_AUTO_TEST_CASE(every_domain_of_the_schema_stands_in_the_table) {
  std::set<std::string> names;
  for_each_domain([&](auto row) { names.insert(domain_name(number_of<decltype(row)>)); });
  for (const auto each : capnp::Schema::from<Domain>().getEnumerants()) {
    const std::string name = each.getProto().getName().cStr();
    BOOST_TEST(names.contains(name) == (name != "none"), name);
  }
}

BOOST_AUTO_TEST_CASE(a_domain_is_found_by_its_number) {
  for_each_domain([](auto row) {
    constexpr auto number = number_of<decltype(row)>;
    BOOST_TEST(
        (for_domain(number, [](auto found) { return number_of<decltype(found)>; }) == number));
  });
}

BOOST_AUTO_TEST_CASE(an_unknown_domain_is_otherwise_or_stops) {
  const auto any = [](auto) { return true; };
  for (const auto domain : {Domain::NONE, unknown}) {
    BOOST_TEST(!for_domain(domain, any, [] { return false; }));
    const test::StopsThrow stops;
    BOOST_CHECK_THROW(for_domain(domain, any), std::logic_error);
  }
}

BOOST_AUTO_TEST_CASE(facts_of_one_state_are_shared_or_local_and_those_of_two_by_kind) {
  BOOST_TEST(is_shared(Domain::LOCKING, schema::LockingFact::LOCKED));
  BOOST_TEST(!is_shared(Domain::MEMPOOL, schema::MempoolFact::TXN_ADMITTED));
  BOOST_TEST(is_shared(Domain::MPC, schema::MpcFact::SLOT_SIGNED));
  BOOST_TEST(!is_shared(Domain::MPC, schema::MpcFact::ROUND_OPENED));
  BOOST_TEST(is_shared(Domain::PENALTIES, schema::PenaltiesFact::FAULT_PROVEN));
  BOOST_TEST(!is_shared(Domain::PENALTIES, schema::PenaltiesFact::OBSERVED));
  BOOST_TEST(!is_shared(Domain::NONE, 1));
  const test::StopsThrow stops;
  BOOST_CHECK_THROW((void)is_shared(unknown, 1), std::logic_error);
  BOOST_CHECK_THROW((void)is_shared(Domain::MPC, 99), std::logic_error);
}

BOOST_AUTO_TEST_CASE(states_are_shown_under_names_of_their_own) {
  std::set<std::string> names;
  for (const auto& part : state_parts()) BOOST_TEST(names.insert(part.name).second, part.name);
  // Two for mpc and penalties each, none for node.
  BOOST_TEST(names.size() == 11u);
}

BOOST_AUTO_TEST_SUITE_END()
