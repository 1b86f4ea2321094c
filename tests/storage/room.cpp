#include "storage/room.hpp"

#include <boost/test/unit_test.hpp>

#include "storage/log.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;

namespace {

constexpr std::uint64_t map = std::uint64_t{1} << 40;
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

}  // namespace

BOOST_AUTO_TEST_SUITE(room)

BOOST_AUTO_TEST_CASE(the_map_warns_at_80_percent_and_closes_at_95) {
  const auto at = [](std::uint64_t percent) {
    return tightness({map / 100 * percent + map / 1000, map, UINT64_MAX / 2});
  };
  BOOST_TEST((at(0) == Tightness::ample && at(79) == Tightness::ample));
  BOOST_TEST((at(80) == Tightness::scarce && at(94) == Tightness::scarce));
  BOOST_TEST((at(95) == Tightness::closed && at(99) == Tightness::closed));
  BOOST_TEST((tightness({map, map, UINT64_MAX}) == Tightness::closed));
}

BOOST_AUTO_TEST_CASE(the_disk_is_what_the_log_has_and_what_is_free_beside_it) {
  const auto with = [](std::uint64_t used, std::uint64_t free) {
    return tightness({used, map, free});
  };
  // A large log: its share decides.
  BOOST_TEST((with(79 * gib, 21 * gib) == Tightness::ample));
  BOOST_TEST((with(80 * gib, 20 * gib) == Tightness::scarce));
  BOOST_TEST((with(94 * gib, 6 * gib) == Tightness::scarce));
  BOOST_TEST((with(95 * gib, 5 * gib) == Tightness::closed));
  BOOST_TEST((Room{95 * gib, map, 5 * gib}.disk_percent() == 95u));
  // A small one on a disk that others fill: what is left decides.
  BOOST_TEST((with(0, 4 * reserve_bytes) == Tightness::ample));
  BOOST_TEST((with(0, 4 * reserve_bytes - 1) == Tightness::scarce));
  BOOST_TEST((with(0, reserve_bytes) == Tightness::scarce));
  BOOST_TEST((with(0, reserve_bytes - 1) == Tightness::closed));
  BOOST_TEST((with(0, 0) == Tightness::closed));
}

BOOST_AUTO_TEST_CASE(a_figure_that_trembles_is_told_once) {
  const auto with = [](std::uint64_t free, Tightness held) {
    return tightness({0, map, free}, held);
  };
  BOOST_TEST((with(reserve_bytes - 1, Tightness::ample) == Tightness::closed));
  BOOST_TEST((with(reserve_bytes, Tightness::closed) == Tightness::closed));
  BOOST_TEST((with(reserve_bytes + reserve_bytes / 16, Tightness::closed) == Tightness::scarce));
  BOOST_TEST((with(4 * reserve_bytes, Tightness::scarce) == Tightness::scarce));
  BOOST_TEST((with(5 * reserve_bytes, Tightness::scarce) == Tightness::ample));
  BOOST_TEST((with(5 * reserve_bytes, Tightness::closed) == Tightness::ample));
  BOOST_TEST((tightness({map / 100 * 95, map, map}, Tightness::closed) == Tightness::closed));
  BOOST_TEST((tightness({map / 100 * 90, map, map}, Tightness::closed) == Tightness::scarce));
}

BOOST_AUTO_TEST_CASE(what_is_short_is_said_with_its_figures) {
  BOOST_TEST((shortage({0, map, gib}).empty()));
  BOOST_TEST(
      shortage({gib, map, gib / 4}) ==
      "256 MiB are free on the log's disk, and the log has 80 % of what it could have there");
  const Room tight{map / 100 * 96, map, 8 * map};
  BOOST_TEST(shortage(tight) == "the log has 95 % of the 1048576 MiB that its map allows");
}

BOOST_AUTO_TEST_CASE(an_environment_knows_its_room) {
  const test::Directory directory;
  const auto environment = open_log(directory.path / "log", Access::durable, 1 << 20);
  BOOST_REQUIRE(environment.has_value());
  const auto seen = (*environment)->room();
  BOOST_REQUIRE(seen.has_value());
  BOOST_TEST(seen->map_bytes == 1u << 20);
  BOOST_TEST((seen->used_bytes > 0 && seen->used_bytes < seen->map_bytes));
  BOOST_TEST(seen->disk_free_bytes > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
