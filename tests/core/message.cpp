#include "core/message.hpp"

#include <capnp/serialize.h>
#include <boost/test/unit_test.hpp>
#include <random>

#include "schemas/mempool.capnp.h"
#include "tests/fixture/print.hpp"

BOOST_AUTO_TEST_SUITE(message)

using namespace horae;
using schema::MempoolFact;

namespace {

Msg<MempoolFact> included() {
  return Msg<MempoolFact>::build([](auto fact) {
    auto inner = fact.initTxnsIncluded();
    inner.setBlock(7);
    auto hashes = inner.initHashes(2);
    hashes.set(0, data(Hash32{{1}}));
    hashes.set(1, data(Hash32{{2}}));
    auto senders = inner.initSenders(1);
    senders[0].setNonce(3);
    senders[0].setAddress(data(Address{{4}}));
  });
}

Bytes bytes_of(const Message& message) { return {message.bytes().begin(), message.bytes().end()}; }

}  // namespace

BOOST_AUTO_TEST_CASE(built_is_canonical_and_parses_to_itself) {
  const auto built = included();
  const auto parsed = Msg<MempoolFact>::parse(built.bytes());
  BOOST_TEST_REQUIRE(parsed.has_value());
  BOOST_TEST(bytes_of(*parsed) == bytes_of(built));
  const auto read = parsed->read().getTxnsIncluded();
  BOOST_TEST(read.getBlock() == 7u);
  BOOST_TEST(fixed<Hash32>(read.getHashes()[1]) == Hash32{{2}});
  BOOST_TEST(fixed<Address>(read.getSenders()[0].getAddress()) == Address{{4}});
}

BOOST_AUTO_TEST_CASE(built_is_canonical_however_it_was_filled) {
  // Set twice: the first value's space must not stay behind. Empty: trailing zero words go.
  const auto twice = Msg<MempoolFact>::build([](auto fact) {
    fact.initTxnReplaced().setHash(data(Hash32{{9}}));
    auto again = fact.initTxnReplaced();
    again.setHash(data(Hash32{{1}}));
    again.setBy(data(Hash32{{2}}));
  });
  const auto once = Msg<MempoolFact>::build([](auto fact) {
    auto inner = fact.initTxnReplaced();
    inner.setBy(data(Hash32{{2}}));
    inner.setHash(data(Hash32{{1}}));
  });
  BOOST_TEST(Msg<MempoolFact>::parse(twice.bytes()).has_value());
  BOOST_TEST(bytes_of(twice).size() == bytes_of(once).size());
  const auto empty = Msg<MempoolFact>::build([](auto) {});
  BOOST_TEST(Msg<MempoolFact>::parse(empty.bytes()).has_value());
  // Larger than the scratch space, so built in more than one segment.
  const auto large = Msg<MempoolFact>::build([](auto fact) {
    auto inner = fact.initTxnAdmitted().initTxn();
    inner.setRaw(data(BytesView(Bytes(100'000, 1))));
    inner.setHash(data(Hash32{{1}}));
  });
  const auto parsed = Msg<MempoolFact>::parse(large.bytes());
  BOOST_TEST_REQUIRE(parsed.has_value());
  BOOST_TEST(parsed->read().getTxnAdmitted().getTxn().getRaw().size() == 100'000u);
}

BOOST_AUTO_TEST_CASE(copies_share_their_bytes) {
  const auto built = included();
  const auto copy = built;
  BOOST_TEST(copy.bytes().data() == built.bytes().data());
}

BOOST_AUTO_TEST_CASE(cut_short_or_lengthened_is_refused) {
  const auto whole = bytes_of(included());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    BOOST_TEST(!Msg<MempoolFact>::parse(BytesView(whole).first(size)).has_value(), size);
  }
  auto longer = whole;
  longer.resize(whole.size() + 8);
  BOOST_TEST(!Msg<MempoolFact>::parse(longer).has_value());
  BOOST_TEST(!Msg<MempoolFact>::parse(Bytes(Message::max_bytes + 8)).has_value());
}

BOOST_AUTO_TEST_CASE(an_unknown_tag_is_refused) {
  // The discriminant is the first data field: the words after the root pointer.
  auto bytes = bytes_of(included());
  BOOST_TEST_REQUIRE(bytes[8] == static_cast<std::uint8_t>(MempoolFact::TXNS_INCLUDED));
  bytes[8] = 200;
  const auto parsed = Msg<MempoolFact>::parse(bytes);
  BOOST_TEST_REQUIRE(!parsed.has_value());
  BOOST_TEST(parsed.error().what.find("newer version") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(garbage_never_reads_past_its_end) {
  std::mt19937_64 random(3);
  const auto whole = bytes_of(included());
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = whole;
    if (i % 4 == 0) {
      bytes.resize(8 * (random() % 40));
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    } else {
      for (int flip = 0; flip <= i % 3; ++flip) {
        bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
      }
    }
    const auto parsed = Msg<MempoolFact>::parse(bytes);
    if (!parsed) continue;
    // What was let in is canonical: reading it and building it again gives the same bytes.
    const auto again = Message::adopt(capnp::canonicalize(parsed->read()));
    BOOST_TEST_REQUIRE(bytes_of(again) == bytes);
  }
}

BOOST_AUTO_TEST_SUITE_END()
