#include "node/child/loopback.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

using namespace horae;

BOOST_AUTO_TEST_SUITE(loopback)

BOOST_AUTO_TEST_CASE(lasting_ports_are_free_and_no_connections) {
  const auto ports = lasting_ports(30);
  BOOST_REQUIRE(ports.has_value());
  BOOST_TEST(std::set(ports->begin(), ports->end()).size() == 30u);
  const auto chosen_by_system = free_port();
  BOOST_REQUIRE(chosen_by_system.has_value());
  for (const auto port : *ports) {
    BOOST_TEST(check_port(port, "a test").has_value());
    BOOST_TEST(port < *chosen_by_system);
  }
}

BOOST_AUTO_TEST_SUITE_END()
