#include "duties/l1_reread.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

using namespace horae;
using Then = L1Reread::Then;

namespace {

/// A stretch in which reading by ranges leaves out the logs of some blocks. What a comparison at
/// the end of a part says: whether everything up to it was read.
struct Stretch {
  std::set<std::uint64_t> holes;
  std::uint64_t ranges_leave_out = 0;  // so many parts that hold a hole, then none
  std::uint64_t read_one_by_one = 0, comparisons = 0;

  Then read(L1Reread& plan) {
    ++comparisons;
    const auto from = plan.from(), to = plan.part_end();
    BOOST_REQUIRE(to > from);
    if (plan.is_one_by_one()) {
      read_one_by_one += to - from;
      return plan.agreed();
    }
    const auto hole = holes.upper_bound(from);
    if (hole == holes.end() || *hole > to || ranges_leave_out == 0) return plan.agreed();
    --ranges_leave_out;
    return plan.differed();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(l1_reread)

BOOST_AUTO_TEST_CASE(a_hole_is_found_by_halving) {
  for (const std::uint64_t size : {1u, 2u, 64u, 65u, 129u, 1'000u, 5'000'000u}) {
    for (const std::uint64_t hole : {std::uint64_t{1}, (size + 1) / 2, size}) {
      L1Reread plan;
      plan.begin(100, 100 + size);
      Stretch stretch{{100 + hole}, 1'000};
      Then then = Then::go_on;
      while (then == Then::go_on || then == Then::again) then = stretch.read(plan);
      BOOST_TEST((then == Then::ended));
      BOOST_TEST(!plan.is_active());
      BOOST_TEST(plan.from() == 100 + size);
      BOOST_TEST(stretch.read_one_by_one <= 3 * L1Reread::small_part);
      BOOST_TEST(stretch.comparisons < 60u, "size " << size << ", hole " << hole);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_differs_one_by_one_is_not_the_reading) {
  L1Reread plan;
  plan.begin(0, 5'000'000);
  Then then = Then::again;
  int comparisons = 0;
  for (; then == Then::again; ++comparisons) then = plan.differed();
  BOOST_TEST((then == Then::settled));
  BOOST_TEST(comparisons < 25);
}

BOOST_AUTO_TEST_CASE(without_old_views_the_stretch_is_read_once_more) {
  for (const bool large : {false, true}) {
    L1Reread plan;
    const auto to = large ? 2 * L1Reread::most_one_by_one : 1'000;
    plan.begin(0, to);
    BOOST_TEST((plan.unreadable() == Then::go_on));
    BOOST_TEST((plan.part_end() == to && !plan.is_one_by_one()));
    BOOST_TEST((plan.differed() == (large ? Then::settled : Then::again)));
    BOOST_TEST(plan.is_one_by_one() == !large);
    if (!large) BOOST_TEST((plan.differed() == Then::settled));
  }
  L1Reread plan;
  plan.begin(0, 1'000);
  BOOST_TEST((plan.unreadable() == Then::go_on));
  BOOST_TEST((plan.agreed() == Then::ended));
}

BOOST_AUTO_TEST_SUITE_END()
