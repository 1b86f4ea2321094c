#include "edges/link_greeting.hpp"

#include <boost/test/unit_test.hpp>

#include "core/crypto/secp256k1.hpp"
#include "tests/fixture/print.hpp"
#include "tests/fixture/secret.hpp"

BOOST_AUTO_TEST_SUITE(link_greeting)

using namespace horae;
using namespace horae::test;

namespace {

Hash32 channel_of(std::uint8_t fill) {
  Hash32 out;
  out.bytes.fill(fill);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(who_greets_is_known_on_this_channel_to_this_end_in_this_role_and_pool_alone) {
  const auto key = secret(7);
  const auto me = address_of_secret(7), to = address_of_secret(8);
  const auto greeting = write_greeting(key, LinkRole::dialer, "pool", to, channel_of(1));
  BOOST_TEST(greeting.size() == greeting_bytes);
  const auto known = read_greeting(greeting, LinkRole::dialer, "pool", to, channel_of(1));
  BOOST_REQUIRE(known.has_value());
  BOOST_TEST((*known == me));
  BOOST_TEST(!read_greeting(greeting, LinkRole::dialer, "pool", to, channel_of(2)));
  BOOST_TEST(!read_greeting(greeting, LinkRole::listener, "pool", to, channel_of(1)));
  BOOST_TEST(!read_greeting(greeting, LinkRole::dialer, "pools", to, channel_of(1)));
  BOOST_TEST(!read_greeting(greeting, LinkRole::dialer, "pool", me, channel_of(1)));
}

BOOST_AUTO_TEST_CASE(a_name_of_somebody_else_and_broken_bytes_are_refused) {
  const auto to = address_of_secret(8);
  auto greeting = write_greeting(secret(7), LinkRole::dialer, "pool", to, channel_of(1));
  const auto read = [&] {
    return read_greeting(greeting, LinkRole::dialer, "pool", to, channel_of(1)).has_value();
  };
  BOOST_TEST(read());
  for (const auto at : {std::size_t{0}, Address::size, greeting.size() - 1}) {
    greeting[at] ^= 1;
    BOOST_TEST(!read(), "byte " << at);
    greeting[at] ^= 1;
  }
  greeting.pop_back();
  BOOST_TEST(!read());
}

BOOST_AUTO_TEST_SUITE_END()
