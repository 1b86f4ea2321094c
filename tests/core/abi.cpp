#include "core/eth/abi.hpp"

#include <boost/test/unit_test.hpp>

using namespace horae;

namespace {

Address address(std::uint8_t n) {
  Address out;
  out.bytes.fill(n);
  return out;
}

Bytes hex(std::string_view text) { return *from_hex(text); }

}  // namespace

BOOST_AUTO_TEST_SUITE(contract_abi)

BOOST_AUTO_TEST_CASE(selectors_and_topics_are_hashes_of_signatures) {
  // facts of the contracts' published interfaces
  BOOST_TEST(to_hex(BytesView(abi_selector("relock(uint256,uint256,bool)"))) == "0x015bb180");
  BOOST_TEST(to_hex(BytesView(abi_selector(
                 "batchSubmitRewards(uint256,uint256,uint256,address[],uint256[])"))) ==
             "0x11c7d144");
  BOOST_TEST(to_hex(abi_topic("BatchSubmitReward(uint256)")) ==
             "0x9e5aedd489785d05ba086064386f2e75b3e497d3dc00a54ed1c78bfc50a3953f");
}

// The example of Solidity's ABI specification: f(uint256,uint32[],bytes10,bytes), without the
// bytes10, which nothing here uses.
BOOST_AUTO_TEST_CASE(dynamic_values_stand_in_the_tail) {
  const auto encoded = AbiWriter()
                           .number(0x123)
                           .numbers({U256(0x456), U256(0x789)})
                           .bytes(as_bytes("Hello, world!"))
                           .take();
  BOOST_TEST(to_hex(BytesView(encoded)) ==
             "0x0000000000000000000000000000000000000000000000000000000000000123"
             "0000000000000000000000000000000000000000000000000000000000000060"
             "00000000000000000000000000000000000000000000000000000000000000c0"
             "0000000000000000000000000000000000000000000000000000000000000002"
             "0000000000000000000000000000000000000000000000000000000000000456"
             "0000000000000000000000000000000000000000000000000000000000000789"
             "000000000000000000000000000000000000000000000000000000000000000d"
             "48656c6c6f2c20776f726c642100000000000000000000000000000000000000");
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
  const auto big = U256(1) << 255;
  const std::vector<Address> addresses{address(1), address(2), address(3)};
  const std::vector<U256> numbers{0, big};
  const Bytes content(65, 7);
  const auto encoded = AbiWriter()
                           .number(big)
                           .address(address(9))
                           .boolean(true)
                           .bytes(content)
                           .addresses(addresses)
                           .numbers(numbers)
                           .bytes({})
                           .take();
  const AbiReader reader(encoded);
  BOOST_TEST((reader.number(0) == big));
  BOOST_TEST((reader.address(1) == address(9)));
  BOOST_TEST((reader.boolean(2) == true));
  BOOST_TEST((reader.bytes(3) == content));
  BOOST_TEST((reader.addresses(4) == addresses));
  BOOST_TEST((reader.numbers(5) == numbers));
  BOOST_TEST((reader.bytes(6) == Bytes{}));
  BOOST_TEST(AbiWriter().number(1).call("sequencers(uint256)").size() == 36u);
}

BOOST_AUTO_TEST_CASE(every_cut_is_refused) {
  const auto encoded = AbiWriter().bytes(Bytes(40, 1)).addresses({address(1)}).take();
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    const AbiReader reader(BytesView(encoded).first(size));
    BOOST_TEST((!reader.bytes(0) || !reader.addresses(1)));
  }
}

BOOST_AUTO_TEST_CASE(offsets_and_lengths_are_not_trusted) {
  const std::string far(64, 'f');
  const std::string zero(64, '0');
  const auto word = [](unsigned n) {
    const auto digits = to_hex(to_word(U256(n)));
    return digits.substr(2);
  };
  for (const auto& text : {far, word(32), word(33) + word(0), word(64) + word(1), word(1)}) {
    const auto bytes = hex("0x" + text);
    BOOST_TEST(!AbiReader(bytes).bytes(0).has_value(), text);
    BOOST_TEST(!AbiReader(bytes).numbers(0).has_value(), text);
  }
  // A length that, times 32, runs over 2^64 or 2^256.
  for (const auto& length :
       {far, "08" + std::string(62, '0'), std::string(48, '0') + "0800000000000001"}) {
    const auto bytes = hex("0x" + word(32) + length + zero);
    BOOST_TEST(!AbiReader(bytes).numbers(0).has_value());
    BOOST_TEST(!AbiReader(bytes).addresses(0).has_value());
    BOOST_TEST(!AbiReader(bytes).bytes(0).has_value());
  }
}

BOOST_AUTO_TEST_CASE(words_have_their_types) {
  const auto dirty = hex("0x000000000000000000000001" + std::string(40, '1'));
  BOOST_TEST(!AbiReader(dirty).address(0).has_value());
  BOOST_TEST(!AbiReader(dirty).boolean(0).has_value());
  auto padded = AbiWriter().bytes(Bytes(3, 1)).take();
  padded.back() = 1;
  BOOST_TEST(!AbiReader(padded).bytes(0).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
