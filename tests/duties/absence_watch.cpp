#include "duties/absence_watch.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/fixture/print.hpp"
#include "tests/fixture/secret.hpp"

using namespace horae;
using namespace horae::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(absence_watch)

namespace {

constexpr std::uint64_t day_ms = 24ull * 3600 * 1000;

struct Watched {
  AbsenceWatch watch;
  Members members;
  AbsenceWatch::Time now{};

  explicit Watched(std::uint64_t limit_ms = day_ms) : watch(limit_ms, address_of_secret(1)) {
    for (std::uint8_t n = 1; n <= 4; ++n) members.emplace(address_of_secret(n), Member{{}, 10, {}});
  }
  void blocks(std::uint64_t count, const std::vector<std::uint8_t>& signed_by) {
    std::vector<Address> signers;
    for (const auto n : signed_by) signers.push_back(address_of_secret(n));
    for (; count > 0; --count) watch.see(members, signers, now);
  }
  [[nodiscard]] std::set<Address> away() const { return watch.away(now); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(whose_signature_no_block_has_for_long_is_away) {
  Watched seen;
  seen.blocks(1, {1, 2, 3, 4});
  seen.now += 25h;
  BOOST_TEST(seen.away().empty());  // nobody signed: the pool stood still
  seen.blocks(99, {1, 2, 3});
  BOOST_TEST(seen.away().empty());
  seen.blocks(1, {1, 2, 3});
  BOOST_TEST((seen.away() == std::set{address_of_secret(4)}));
  seen.blocks(1, {1, 2, 3, 4});
  BOOST_TEST(seen.away().empty());
}

BOOST_AUTO_TEST_CASE(many_blocks_in_a_short_time_are_no_absence) {
  Watched seen;
  seen.blocks(10'000, {1, 2, 3});
  seen.now += 23h;
  BOOST_TEST(seen.away().empty());
  seen.now += 1h;
  BOOST_TEST(seen.away().size() == 1u);
}

BOOST_AUTO_TEST_CASE(nobody_holds_itself_or_a_stranger_to_be_away) {
  Watched seen;
  seen.blocks(1, {2, 3, 4});
  seen.now += 25h;
  seen.blocks(100, {2, 3});
  BOOST_TEST((seen.away() == std::set{address_of_secret(4)}));
  seen.members.erase(address_of_secret(4));
  seen.blocks(1, {2, 3});
  BOOST_TEST(seen.away().empty());
}

BOOST_AUTO_TEST_CASE(without_a_limit_nobody_is_ever_away) {
  Watched seen(0);
  seen.blocks(1, {1});
  seen.now += 1000h;
  seen.blocks(1000, {1});
  BOOST_TEST(seen.away().empty());
}

BOOST_AUTO_TEST_SUITE_END()
