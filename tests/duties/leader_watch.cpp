#include "duties/leader_watch.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/fixture/print.hpp"
#include "tests/fixture/secret.hpp"

BOOST_AUTO_TEST_SUITE(leader_watch)

using namespace horae;
using namespace horae::test;
using std::chrono::seconds;

namespace {

const Address own = address_of_secret(1), first = address_of_secret(2),
              second = address_of_secret(3);
const LeaderWatch::Time begin{};

}  // namespace

BOOST_AUTO_TEST_CASE(a_leader_whose_link_ends_is_gone_at_once_and_back_with_it) {
  LeaderWatch watch(own);
  watch.lead(first, begin);
  watch.linked(first, true);
  BOOST_TEST(!watch.is_gone(begin));
  watch.linked(first, false);
  BOOST_TEST(watch.is_gone(begin));
  watch.linked(first, true);
  BOOST_TEST(!watch.is_gone(begin));
}

BOOST_AUTO_TEST_CASE(one_to_whom_no_link_was_there_yet_has_time_for_it) {
  LeaderWatch watch(own);
  watch.lead(first, begin);
  BOOST_TEST(!watch.is_gone(begin + seconds(2)));
  BOOST_TEST(watch.is_gone(begin + LeaderWatch::patience));
  // It leads still, and nothing begins anew.
  watch.lead(first, begin + LeaderWatch::patience);
  BOOST_TEST(watch.is_gone(begin + LeaderWatch::patience));
  watch.lead(second, begin + seconds(5));
  BOOST_TEST(!watch.is_gone(begin + seconds(5)));
}

BOOST_AUTO_TEST_CASE(one_who_was_lost_before_its_turn_is_gone_with_its_beginning) {
  LeaderWatch watch(own);
  watch.lead(first, begin);
  for (const auto& member : {first, second}) watch.linked(member, true);
  watch.linked(second, false);
  BOOST_TEST(!watch.is_gone(begin));
  watch.lead(second, begin);
  BOOST_TEST(watch.is_gone(begin));
  // That a link which never was is none still says nothing.
  watch.linked(own, false);
  watch.lead(own, begin);
  BOOST_TEST(!watch.is_gone(begin + seconds(9)));
  BOOST_TEST(watch.leads());
  watch.lead(std::nullopt, begin);
  BOOST_TEST(!watch.is_gone(begin + seconds(99)));
}

BOOST_AUTO_TEST_SUITE_END()
