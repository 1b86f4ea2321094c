#include "core/base64.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

BOOST_AUTO_TEST_SUITE(base64)

using namespace horae;

BOOST_AUTO_TEST_CASE(base64_has_one_form) {
  BOOST_TEST(to_base64({}) == "");
  BOOST_TEST(to_base64(as_bytes("foobar")) == "Zm9vYmFy");
  BOOST_TEST(to_base64(as_bytes("fooba")) == "Zm9vYmE=");
  BOOST_TEST(to_base64(as_bytes("foob")) == "Zm9vYg==");
  for (const auto* bad : {"Zm9vYg", "Zm9vYh==", "Zm9v\n", "====", "Zg=", " Zg==", "Zm=v", "Z", "=",
                          "Zm9vYg==Zm9v", "Zm9v Zm9v", "Zm-v"}) {
    BOOST_TEST(!from_base64(bad).has_value(), bad);
  }
  BOOST_TEST((*from_base64("Zm9vYg==") == Bytes{'f', 'o', 'o', 'b'}));
}

BOOST_AUTO_TEST_CASE(base64_goes_there_and_back) {
  std::mt19937_64 random(1);
  for (std::size_t size = 0; size < 100; ++size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    BOOST_TEST(to_base64(bytes).size() == (size + 2) / 3 * 4);
    BOOST_TEST((*from_base64(to_base64(bytes)) == bytes));
  }
}

BOOST_AUTO_TEST_SUITE_END()
