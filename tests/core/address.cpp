#include "core/eth/address.hpp"

#include <boost/test/unit_test.hpp>

using namespace horae;

BOOST_AUTO_TEST_SUITE(addresses)

namespace {

// EIP-55's own examples.
constexpr const char* right_addresses[] = {
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    "0x52908400098527886E0F7030069857D2E4169EE7", "0xde709f2102306220921060314715629080e2fb77"};

std::string in_case(std::string text, int (*change)(int)) {
  for (std::size_t i = 2; i < text.size(); ++i) text[i] = static_cast<char>(change(text[i]));
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_checksum_is_that_of_eip_55) {
  for (const std::string text : right_addresses) {
    const auto read = read_address(text);
    BOOST_REQUIRE_MESSAGE(read, text);
    BOOST_TEST(checksummed(*read) == text);
    BOOST_TEST((read_address(in_case(text, std::tolower)) == *read));
    BOOST_TEST((read_address(in_case(text, std::toupper)) == *read));
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_checksum_is_refused_with_the_right_one) {
  const std::string right = right_addresses[0];
  auto wrong = right;
  wrong.back() = 'D';
  const auto read = read_address(wrong);
  BOOST_REQUIRE(!read);
  BOOST_TEST(read.error().what ==
             "a digit is mistyped, or the case of one: the checksum (EIP-55) of these digits is " +
                 right + ", got " + wrong);
  BOOST_TEST(!read_address("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe"));
  BOOST_TEST(read_address("5aAe").error().what.starts_with("wanted an address (0x and 40"));
}

BOOST_AUTO_TEST_SUITE_END()
