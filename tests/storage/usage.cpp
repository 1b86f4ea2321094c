#include "storage/usage.hpp"

#include <lmdb.h>
#include <unistd.h>

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

BOOST_AUTO_TEST_CASE(who_reads_is_told_as_long_as_it_reads_and_how_far_behind_it_is) {
  const test::Directory directory;
  const auto environment = *open_log(directory.path / "log", Access::durable);
  LogWriter writer(environment);
  BOOST_REQUIRE(test::append(writer, 1, 10).has_value());
  BOOST_TEST(log_readers(*environment)->empty());

  MDB_txn* reading = nullptr;
  BOOST_REQUIRE(mdb_txn_begin(environment->raw(), nullptr, MDB_RDONLY, &reading) == MDB_SUCCESS);
  const auto at_once = *log_readers(*environment);
  BOOST_REQUIRE(at_once.size() == 1u);
  BOOST_TEST(at_once[0].pid == static_cast<std::uint32_t>(::getpid()));
  BOOST_TEST(at_once[0].transaction == mdb_txn_id(reading));
  BOOST_TEST(at_once[0].behind == 0u);

  for (std::uint64_t from = 11; from < 41; from += 10) {
    BOOST_REQUIRE(test::append(writer, from, 10).has_value());
  }
  const auto later = *log_readers(*environment);
  BOOST_REQUIRE(later.size() == 1u);
  BOOST_TEST(later[0].transaction == at_once[0].transaction);
  BOOST_TEST(later[0].behind == 3u);
  mdb_txn_abort(reading);
  BOOST_TEST(log_readers(*environment)->empty());
}

BOOST_AUTO_TEST_SUITE_END()
