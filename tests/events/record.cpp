#include "events/record.hpp"

#include "tests/fixture/life.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

RecordHeader header() {
  RecordHeader out;
  out.domain = Domain::MEMPOOL;
  out.more = true;
  out.seq = 0x0102030405060708;
  out.time_ms = 0x1112131415161718;
  out.cause = 0x2122232425262728;
  out.prev.bytes.fill(0x33);
  out.kind = 0x4142;
  return out;
}

Bytes value_of(const RecordHeader& head, const Bytes& payload = Bytes(16, 0x55)) {
  const auto bytes = encode(head);
  Bytes out(bytes.begin(), bytes.end());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(record)

BOOST_AUTO_TEST_CASE(the_layout_is_that_of_the_design) {
  BOOST_TEST(to_hex(encode(header())) ==
             "0x48524543"  // magic
             "0100"
             "03"
             "01"                // version, domain, more
             "0807060504030201"  // seq
             "1817161514131211"  // time
             "2827262524232221"  // cause
             "3333333333333333333333333333333333333333333333333333333333333333"
             "4241"
             "000000000000");  // kind, reserved
}

BOOST_AUTO_TEST_CASE(what_is_encoded_is_decoded) {
  const auto value = value_of(header());
  const auto record = decode_record(value);
  BOOST_REQUIRE(record.has_value());
  BOOST_TEST((record->header == header()));
  BOOST_TEST(same_bytes(record->payload, Bytes(16, 0x55)));
  BOOST_TEST(same_bytes(record->header_bytes, encode(header())));
  BOOST_TEST(record->payload.data() == value.data() + RecordHeader::size);
}

BOOST_AUTO_TEST_CASE(every_bit_of_a_record_is_refused_or_hashed) {
  const auto good = value_of(header());
  const auto hash = record_hash(*decode_record(good));
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bad = good;
      bad[at] = static_cast<std::uint8_t>(bad[at] ^ (1 << bit));
      const auto record = decode_record(bad);
      const bool fixed_field = at < 6 || at == 7 || (at >= 66 && at < 72);
      if (fixed_field && !(at == 7 && bit == 0)) {
        BOOST_TEST(!record.has_value());
      } else {
        BOOST_REQUIRE(record.has_value());
        BOOST_TEST((record_hash(*record) != hash));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_value_of_the_wrong_length_is_no_record) {
  const auto good = value_of(header());
  for (std::size_t size = 0; size < good.size(); ++size) {
    const BytesView cut = BytesView(good).first(size);
    BOOST_TEST(decode_record(cut).has_value() == (size == RecordHeader::size + 8));
  }
  auto huge = value_of(header(), Bytes(Message::max_bytes));
  BOOST_TEST(decode_record(huge).has_value());
  huge.resize(huge.size() + 8);
  BOOST_TEST(!decode_record(huge).has_value());
}

BOOST_AUTO_TEST_CASE(the_hash_is_the_leaf_of_a_tree) {
  const auto value = value_of(header());
  Bytes leaf{0};
  leaf.insert(leaf.end(), value.begin(), value.begin() + RecordHeader::size);
  const auto digest = sha256(Bytes(16, 0x55));
  leaf.insert(leaf.end(), digest.bytes.begin(), digest.bytes.end());
  BOOST_TEST(record_hash(*decode_record(value)) == sha256(leaf));
}

BOOST_AUTO_TEST_SUITE_END()
