#include "duties/forwarding.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/fixture/print.hpp"

using namespace horae;

namespace {

Hash32 hash_nr(std::uint8_t n) {
  Hash32 out;
  out.bytes.fill(n);
  return out;
}

const Forwarding::Time start{};

std::vector<std::uint64_t> all_of(Forwarding& forwarding, Forwarding::Time now = start) {
  std::vector<std::uint64_t> out;
  while (const auto next = forwarding.next()) {
    out.push_back(*next);
    forwarding.give(*next, now);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(forwarding)

BOOST_AUTO_TEST_CASE(all_are_given_once_in_the_order_of_their_records) {
  Forwarding waiting({{9, hash_nr(1)}, {3, hash_nr(2)}});
  BOOST_TEST(waiting.to_give() == 2u);
  BOOST_TEST((all_of(waiting) == std::vector<std::uint64_t>{3, 9}));
  BOOST_TEST(waiting.to_give() == 0u);
  BOOST_TEST(waiting.waiting() == 2u);
  waiting.begin();
  BOOST_TEST((all_of(waiting) == std::vector<std::uint64_t>{3, 9}));
}

BOOST_AUTO_TEST_CASE(what_is_taken_back_is_given_again_when_it_is_time) {
  Forwarding waiting({{1, hash_nr(1)}, {2, hash_nr(2)}});
  (void)all_of(waiting);
  waiting.take_back(2);
  waiting.take_back(7);  // that waits no more
  BOOST_TEST(!waiting.next());
  BOOST_TEST(waiting.to_give() == 1u);
  waiting.retry();
  BOOST_TEST((all_of(waiting) == std::vector<std::uint64_t>{2}));
}

BOOST_AUTO_TEST_CASE(what_waits_long_after_it_was_given_is_given_again) {
  using std::chrono::seconds;
  Forwarding waiting({{1, hash_nr(1)}, {2, hash_nr(2)}});
  waiting.give(1, start);
  waiting.give(2, start + seconds(20));
  waiting.remind(start + seconds(29), seconds(30));
  BOOST_TEST(!waiting.next());
  waiting.remind(start + seconds(30), seconds(30));
  BOOST_TEST((all_of(waiting, start + seconds(30)) == std::vector<std::uint64_t>{1}));
}

BOOST_AUTO_TEST_SUITE_END()
