#include "storage/usage.hpp"

#include <boost/test/unit_test.hpp>

#include "storage/log.hpp"
#include "tests/storage/directory.hpp"
#include "tests/storage/records.hpp"

using namespace horae;

BOOST_AUTO_TEST_SUITE(usage_of_a_log)

BOOST_AUTO_TEST_CASE(readers_and_free_pages_are_counted) {
  const test::Directory directory;
  const auto environment = open_log(directory.path / "log", Access::durable).value();
  LogWriter writer(environment);
  BOOST_REQUIRE(test::append(writer, 1, 100).has_value());
  const auto quiet = usage(*environment).value();
  BOOST_TEST(quiet.readers_most > 0u);
  // Each commit writes its path to the root anew and leaves the old one to be used again.
  for (std::uint64_t seq = 101; seq <= 110; ++seq) {
    BOOST_REQUIRE(test::append(writer, seq, 1).has_value());
  }
  const auto used = usage(*environment).value();
  BOOST_TEST(used.free_bytes > 0u);
  BOOST_TEST(used.free_bytes % 4096 == 0u);
  BOOST_TEST(used.free_bytes < environment->room()->used_bytes);
  BOOST_TEST(used.readers <= used.readers_most);
}

BOOST_AUTO_TEST_SUITE_END()
