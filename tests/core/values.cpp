#include <boost/test/unit_test.hpp>
#include <random>

#include "core/hash.hpp"
#include "core/u256.hpp"
#include "tests/fixture/print.hpp"

BOOST_AUTO_TEST_SUITE(values)

using namespace horae;

BOOST_AUTO_TEST_CASE(hex_goes_there_and_back) {
  std::mt19937_64 random(1);
  for (std::size_t size = 0; size < 100; ++size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    BOOST_TEST(*from_hex(to_hex(bytes)) == bytes);
  }
  BOOST_TEST(*from_hex("0xAbCd") == (Bytes{0xab, 0xcd}));
  for (const auto* bad : {"", "ab", "0", "0xa", "0xag", "0x-1", " 0xab", "0Xab"}) {
    BOOST_TEST(!from_hex(bad).has_value(), bad);
  }
  BOOST_TEST(fixed_from_hex<Address>("0x" + std::string(40, 'a')).has_value());
  BOOST_TEST(!fixed_from_hex<Address>("0x" + std::string(38, 'a')).has_value());
  BOOST_TEST(!fixed_from_hex<Address>("0x" + std::string(42, 'a')).has_value());
}

BOOST_AUTO_TEST_CASE(numbers_go_there_and_back) {
  std::mt19937_64 random(2);
  for (unsigned bits = 0; bits <= 256; ++bits) {
    U256 number = 0;
    for (int limb = 0; limb < 4; ++limb) number = (number << 64) + random();
    number = bits == 0 ? U256(0) : U256(number >> (256 - bits));
    BOOST_TEST(from_word(to_word(number)) == number);
    BOOST_TEST(*u256_from_decimal(to_decimal(number)) == number);
    BOOST_TEST(*u256_from_quantity(to_quantity(number)) == number);
  }
  const auto max = to_decimal(~U256(0));
  BOOST_TEST(max ==
             "115792089237316195423570985008687907853269984665640564039457584007913129639935");
  BOOST_TEST(!u256_from_decimal(
                  "115792089237316195423570985008687907853269984665640564039457584007913129639936")
                  .has_value());
  for (const auto* bad : {"", "-1", "+1", "0x1", "1e3", " 1", "1 "}) {
    BOOST_TEST(!u256_from_decimal(bad).has_value(), bad);
  }
  BOOST_TEST(to_quantity(0) == "0x0");
  BOOST_TEST(to_quantity(4096) == "0x1000");
  BOOST_TEST(*u64_from_quantity("0xffffffffffffffff") == UINT64_MAX);
  BOOST_TEST(!u64_from_quantity("0x10000000000000000").has_value());
  for (const auto* bad : {"", "0x", "12", "0xg"}) BOOST_TEST(!u256_from_quantity(bad), bad);
  BOOST_TEST(!u256_from_quantity("0x1" + std::string(64, '0')));
  BOOST_TEST(!u256_from_bytes(Bytes(33)));
}

BOOST_AUTO_TEST_CASE(hashes_are_the_known_ones) {
  // FIPS 180-4 examples; Keccak's from the Keccak team's ShortMsgKAT_256.
  BOOST_TEST(to_hex(sha256(as_bytes("abc"))) ==
             "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(to_hex(sha256(BytesView{})) ==
             "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(sha256({as_bytes("a"), as_bytes(""), as_bytes("bc")}) == sha256(as_bytes("abc")));
  BOOST_TEST(to_hex(keccak256({})) ==
             "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  BOOST_TEST(to_hex(keccak256(Bytes{0xcc})) ==
             "0xeead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a");
  BOOST_TEST(to_hex(keccak256(as_bytes("abc"))) ==
             "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
}

BOOST_AUTO_TEST_SUITE_END()
