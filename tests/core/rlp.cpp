#include "core/eth/rlp.hpp"

#include <boost/multiprecision/cpp_int.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/core/vectors.hpp"
#include "tests/fixture/print.hpp"

BOOST_AUTO_TEST_SUITE(rlp_codec)

using namespace horae;
using namespace horae::test;

namespace {

// Decodes a whole item of any shape and encodes it again.
void copy_item(rlp::Reader& reader, Bytes& out) {
  if (!reader.at_list()) return rlp::put(out, reader.string("item"));
  auto inner = reader.list("item");
  Bytes items;
  while (!inner.done()) copy_item(inner, items);
  const auto list = rlp::list_of(items);
  out.insert(out.end(), list.begin(), list.end());
}

Result<Bytes> reencoded(BytesView bytes) {
  std::optional<Fault> fault;
  rlp::Reader reader(bytes, fault);
  Bytes out;
  copy_item(reader, out);
  reader.end();
  if (fault) return tl::unexpected(*fault);
  return out;
}

Bytes encode_json(const boost::json::value& value) {
  Bytes out;
  if (value.is_array()) {
    Bytes items;
    for (const auto& each : value.as_array()) {
      const auto item = encode_json(each);
      items.insert(items.end(), item.begin(), item.end());
    }
    return rlp::list_of(items);
  }
  if (value.is_int64()) return rlp::encode(static_cast<std::uint64_t>(value.as_int64()));
  const auto string = text(value);
  if (!string.starts_with("#")) return rlp::encode(as_bytes(string));
  // One of them is 2^256, which no field of ours holds: as bytes.
  Bytes digits;
  export_bits(boost::multiprecision::cpp_int(string.substr(1)), std::back_inserter(digits), 8);
  return rlp::encode(BytesView(digits));
}

Bytes unhex(std::string hex) {
  if (!hex.starts_with("0x")) hex.insert(0, "0x");
  return *from_hex(hex);
}

}  // namespace

BOOST_AUTO_TEST_CASE(integers_have_one_form) {
  BOOST_TEST(rlp::encode(U256(0)) == Bytes{0x80});
  BOOST_TEST(rlp::encode(U256(127)) == Bytes{0x7f});
  BOOST_TEST(rlp::encode(U256(128)) == (Bytes{0x81, 0x80}));
  for (const auto& bad : {Bytes{0x00}, Bytes{0x82, 0x00, 0x01}, Bytes{0xc0}, Bytes{}}) {
    std::optional<Fault> fault;
    rlp::Reader(bad, fault).u256("number");
    BOOST_TEST(fault.has_value(), to_hex(bad));
  }
  std::optional<Fault> fault;
  const auto wide = rlp::encode(U256(UINT64_MAX) + 1);
  rlp::Reader(wide, fault).u64("number");
  BOOST_TEST(fault.value().what == "number: more than 64 bits");
}

BOOST_AUTO_TEST_CASE(the_first_fault_stays_and_ends_every_reader) {
  std::optional<Fault> fault;
  const auto bytes = rlp::list(std::uint64_t{1}, Address{}, std::uint64_t{3});
  auto reader = rlp::Reader::whole(bytes, fault);
  BOOST_TEST(reader.u64("a") == 1u);
  (void)reader.fixed<Hash32>("b");
  BOOST_TEST(reader.done());
  BOOST_TEST(reader.u64("c") == 0u);
  reader.end();
  BOOST_TEST(fault.value().what == "b: wanted 32 bytes, got 20");
}

BOOST_AUTO_TEST_CASE(nothing_may_follow) {
  std::optional<Fault> fault;
  auto bytes = rlp::list(std::uint64_t{1});
  bytes.push_back(0x80);
  rlp::Reader::whole(bytes, fault);
  BOOST_TEST(fault.has_value());
}

BOOST_AUTO_TEST_CASE(ethereum_valid_vectors) {
  for (const std::string name : {"rlptest.json", "RandomRLPTests/example.json"}) {
    if (!has_vectors("ethereum/RLPTests/" + name)) continue;
    const auto all = read_json(vector_path("ethereum/RLPTests/" + name));
    for (const auto& [key, test] : all.as_object()) {
      const auto wanted = unhex(text(test.at("out")));
      if (!(test.at("in").is_string() && text(test.at("in")) == "VALID")) {
        BOOST_TEST(encode_json(test.at("in")) == wanted, key);
      }
      const auto again = reencoded(wanted);
      BOOST_TEST_REQUIRE(again.has_value(), key);
      BOOST_TEST(*again == wanted, key);
    }
  }
}

BOOST_AUTO_TEST_CASE(ethereum_invalid_vectors) {
  if (!has_vectors("ethereum/RLPTests/invalidRLPTest.json")) return;
  const auto all = read_json(vector_path("ethereum/RLPTests/invalidRLPTest.json"));
  for (const auto& [key, test] : all.as_object()) {
    BOOST_TEST(!reencoded(unhex(text(test.at("out")))).has_value(), key);
  }
}

BOOST_AUTO_TEST_SUITE_END()
