#include "core/message.hpp"

#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <capnp/serialize.h>
#include <boost/test/unit_test.hpp>
#include <random>

#include "schemas/blocks.capnp.h"
#include "schemas/locking.capnp.h"
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

// What Cap'n Proto itself says: the canonical form of what it reads, and every field readable.
void read_all(capnp::DynamicValue::Reader value) {
  if (value.getType() == capnp::DynamicValue::LIST) {
    for (auto element : value.as<capnp::DynamicList>()) read_all(element);
  }
  if (value.getType() != capnp::DynamicValue::STRUCT) return;
  const auto reader = value.as<capnp::DynamicStruct>();
  const auto schema = reader.getSchema();
  if (schema.getProto().getStruct().getDiscriminantCount() > 0) {
    KJ_IF_MAYBE (active, reader.which()) {
      read_all(reader.get(*active));
    } else {
      throw std::runtime_error("an unknown tag");
    }
  }
  for (auto field : schema.getNonUnionFields()) read_all(reader.get(field));
}
bool accepted_by_capnp(const Bytes& bytes, capnp::StructSchema schema) {
  std::vector<std::uint64_t> words(bytes.size() / 8);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  try {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = std::max<std::uint64_t>(1024, 16 * words.size());
    options.nestingLimit = 16;
    const kj::ArrayPtr<const capnp::word> segment(
        reinterpret_cast<const capnp::word*>(words.data()), words.size());
    capnp::SegmentArrayMessageReader reader(kj::arrayPtr(&segment, 1), options);
    const auto canonical = reader.getRoot<capnp::AnyStruct>().canonicalize();
    if (canonical.asBytes() != segment.asBytes()) return false;
    read_all(reader.getRoot<capnp::DynamicStruct>(schema));
    return true;
  } catch (const std::exception&) {
  } catch (const kj::Exception&) {
  }
  return false;
}

Msg<schema::BlocksFact> sealed() {
  return Msg<schema::BlocksFact>::build([](auto fact) {
    auto block = fact.initBlockSealed();
    auto header = block.initHeader();
    header.setNumber(3);
    header.setParentHash(data(Hash32{{1}}));
    header.initL1Origin().setHash(data(Hash32{{2}}));
    auto txns = block.initTxns(3);
    txns.set(0, data(BytesView(Bytes(5, 1))));
    txns.set(2, data(BytesView(Bytes(8, 2))));
    auto skipped = block.initSkipped(2);
    skipped[0].setReason("why");
    skipped[1].setHash(data(Hash32{{3}}));
    block.initSenders(2)[1].setNonce(7);
  });
}
Msg<schema::LockingCommand> observed() {
  return Msg<schema::LockingCommand>::build([](auto root) {
    auto observe = root.initObserve();
    observe.setTimestamp(1);
    observe.initBlock().setNumber(2);
    auto events = observe.initEvents(3);
    events[0].initWhitelistSet().setAllowed(true);
    auto paid = events[1].initRewardDistributed();
    paid.initCredits(2)[1].setBlocks(data(Hash32{{1}}));
    paid.initPosition().setBlock(9);
    events[2].initLocked().setPubkey(data(BytesView(Bytes(64, 4))));
  });
}

// As many bits and words of a message as are altered in one go.
Bytes altered(Bytes bytes, std::mt19937_64& random) {
  for (auto changes = 1 + random() % 3; changes > 0; --changes) {
    const auto word = 8 * (random() % (bytes.size() / 8));
    switch (random() % 6) {
      case 0:
        bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
        break;
      case 1:
        bytes[word + random() % 8] = static_cast<std::uint8_t>(random() % 8);
        break;
      case 2:
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(word), 8, std::uint8_t{0});
        break;
      case 3:
        std::copy_n(
            bytes.begin() + static_cast<std::ptrdiff_t>(8 * (random() % (bytes.size() / 8))), 8,
            bytes.begin() + static_cast<std::ptrdiff_t>(word));
        break;
      case 4:
        bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(word),
                    bytes.begin() + static_cast<std::ptrdiff_t>(word) + 8);
        if (bytes.empty()) bytes.resize(8);
        break;
      default:
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(word), 8, std::uint8_t{0});
        break;
    }
  }
  return bytes;
}

// A list that stands where one of another kind is wanted is read by Cap'n Proto all the same, for
// schemas that once had the other kind; ours never did.
bool agrees(const Bytes& bytes, capnp::StructSchema schema, std::size_t& accepted,
            std::size_t& stricter) {
  const auto ours = Message::checked(bytes, schema);
  const bool theirs = accepted_by_capnp(bytes, schema);
  accepted += ours.has_value();
  if (ours.has_value() == theirs) return true;
  ++stricter;
  return theirs && ours.error().what.find("a pointer to something else") != std::string::npos;
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

BOOST_AUTO_TEST_CASE(the_walk_agrees_with_capnps_own) {
  std::mt19937_64 random(11);
  const std::vector<std::pair<Bytes, capnp::StructSchema>> whole{
      {bytes_of(included()), capnp::Schema::from<MempoolFact>()},
      {bytes_of(sealed()), capnp::Schema::from<schema::BlocksFact>()},
      {bytes_of(observed()), capnp::Schema::from<schema::LockingCommand>()},
  };
  std::size_t accepted = 0;
  std::size_t stricter = 0;
  for (const auto& [bytes, schema] : whole) {
    BOOST_TEST_REQUIRE(Message::checked(bytes, schema).has_value());
    for (int i = 0; i < 100'000; ++i) {
      const auto other = altered(bytes, random);
      BOOST_TEST_REQUIRE(agrees(other, schema, accepted, stricter), to_hex(other));
    }
  }
  // Values are altered more often than pointers, and alterations can undo one another.
  BOOST_TEST(accepted > 1000u);
  BOOST_TEST(stricter < accepted);
}

BOOST_AUTO_TEST_SUITE_END()
