#include "core/eth/bloom.hpp"

#include <boost/test/unit_test.hpp>

using namespace horae;

namespace {

EthLog log_of(std::string_view address, std::vector<std::string_view> topics) {
  EthLog out;
  out.address = *fixed_from_hex<Address>(address);
  for (const auto topic : topics) out.topics.push_back(*fixed_from_hex<Hash32>(topic));
  return out;
}

// The numbers of the bits that are set; bit 0 is the last one of the last byte.
std::vector<int> bits(const LogsBloom& bloom) {
  std::vector<int> out;
  for (int bit = 0; bit < 2048; ++bit) {
    const auto byte = bloom.bytes[255 - static_cast<std::size_t>(bit) / 8];
    if ((byte >> (bit % 8) & 1) != 0) out.push_back(bit);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bloom)

// The first receipt with logs in execution-apis' eth_getBlockReceipts/get-block-receipts-latest.io.
BOOST_AUTO_TEST_CASE(a_receipt_of_geth_has_it_so) {
  std::vector<EthLog> logs;
  for (const auto* topic : {
           "0xe6bccefd92fc2fa71227cbd31f39b085fabc5c0f7b7d07eb4a639c53ad5822f4",
           "0x39b891754677077a5297bdcd461d43105bb93e213858a126f6d7310acd650aa4",
           "0xc2e10ab7a19d872b97ee35501295cf578a457b800ae20d9a790ee95f37737970",
           "0x1c5556a54fe414bb73b8e027c2ff4bb044a11e7ca4f73a8463fd263d06b76aa6",
           "0x730d07f07f071f74973307d6cc3e11ed033d9a189205b3edf35c60097eb89c42",
           "0x4f66f33ac65df0650a263ea44962e2a6099e2bb49e7689e96b2d42cef897854a",
           "0x3fb882c045dfc3e621afeb2f59d0e1daf33d1782f23d3456c3755da1b279430a",
           "0xef818fc3b39dfed51cdbddbfb3737c9c4062fc10f14ce3b2ecc2047cc1560de0",
           "0xd0c1729cd96c307cdf1c9b415c78ce687b5262fd5fb42e78a566945aa95889d4",
           "0x583ee370e5f1f222fb7a7c3471bf9c6f1ccfa879a8ed5036923628694913cb59",
       }) {
    logs.push_back(log_of("0xb1917d669e2a9307d342d04ab74e68ea94c4d11c", {topic}));
  }
  const std::vector<int> wanted{15,   86,   95,   144,  237,  282,  296,  329,  359,  441,  468,
                                564,  598,  601,  621,  695,  795,  829,  833,  888,  969,  984,
                                1244, 1296, 1308, 1331, 1342, 1427, 1528, 1649, 1667, 1864, 1959};
  const auto seen = bits(bloom_of(logs));
  BOOST_TEST(seen == wanted, boost::test_tools::per_element());
  BOOST_TEST(may_have(bloom_of(logs), logs[0].address));
}

BOOST_AUTO_TEST_CASE(a_log_that_is_left_out_shows) {
  const auto* pool = "0x7f00000000000000000000000000000000000001";
  const auto* other = "0x7f00000000000000000000000000000000000002";
  const auto* topic = "0x00000000000000000000000000000000000000000000000000000000000000aa";
  const std::vector<EthLog> both{log_of(pool, {topic}), log_of(other, {})};
  BOOST_TEST((bloom_of(both) != bloom_of(std::span(both).first(1))));
  BOOST_TEST(may_have(bloom_of(both), both[1].address));
  BOOST_TEST(!may_have(bloom_of(std::span(both).first(1)), both[1].address));
  BOOST_TEST((bloom_of({}) == LogsBloom()));
}

BOOST_AUTO_TEST_SUITE_END()
