#include "storage/lookups.hpp"

#include <boost/test/unit_test.hpp>

#include "core/hash.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;
using test::Directory;

namespace {

Hash32 hash_of(std::string_view text) { return sha256(as_bytes(text)); }
Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

Lookups open_lookups(const Directory& directory, const std::string& boot = "boot-1",
                     const std::string& identity = "log-1") {
  auto lookups = Lookups::open({directory.path / "lookups", identity, boot});
  if (!lookups) throw std::runtime_error(lookups.error().what);
  return std::move(*lookups);
}

void put(Lookups& lookups, std::uint64_t position, std::vector<LookupEntry> entries) {
  const auto outcome = lookups.put(position, entries);
  BOOST_TEST(outcome.has_value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lookups)

BOOST_AUTO_TEST_CASE(entries_and_position_outlive_the_process_together) {
  const Directory directory;
  {
    auto lookups = open_lookups(directory);
    BOOST_TEST(*lookups.position() == 0u);
    put(lookups, 7, {{bytes_of("key"), bytes_of("value")}, {bytes_of("kez"), bytes_of("")}});
    put(lookups, 9, {{bytes_of("key"), bytes_of("newer")}});
  }
  auto lookups = open_lookups(directory);
  BOOST_TEST(*lookups.position() == 9u);
  BOOST_TEST(**lookups.get(bytes_of("key")) == bytes_of("newer"));
  BOOST_TEST((*lookups.get(bytes_of("kez")))->empty());
  BOOST_TEST(!lookups.get(bytes_of("k"))->has_value());
  BOOST_TEST(lookups.keys(bytes_of("ke"), 10)->size() == 2u);
  BOOST_TEST(lookups.keys({}, 1)->size() == 1u);
  BOOST_TEST(!lookups.put(8, {}).has_value());
  BOOST_TEST(lookups.put(9, {}).has_value());
}

BOOST_AUTO_TEST_CASE(a_hash_has_its_records_in_order) {
  const Directory directory;
  auto lookups = open_lookups(directory);
  const auto one = hash_of("one");
  const auto two = hash_of("two");
  put(lookups, 300,
      {Lookups::mention(one, 300), Lookups::mention(two, 2), Lookups::mention(one, 3),
       Lookups::mention(one, 256)});
  put(lookups, 301, {Lookups::mention(one, 300)});
  BOOST_TEST(*lookups.mentions(one) == (std::vector<std::uint64_t>{3, 256, 300}),
             boost::test_tools::per_element());
  BOOST_TEST(lookups.mentions(one, 2)->size() == 2u);
  BOOST_TEST(lookups.mentions(hash_of("three"))->empty());
  BOOST_TEST(**lookups.last_mention(one) == 300u);
  BOOST_TEST(**lookups.last_mention(two) == 2u);
  BOOST_TEST(!lookups.last_mention(hash_of("three"))->has_value());
  BOOST_TEST(!lookups.last_mention(Hash32{})->has_value());
}

BOOST_AUTO_TEST_CASE(what_was_sealed_outlives_a_boot_once) {
  const Directory directory;
  {
    auto lookups = open_lookups(directory);
    put(lookups, 5, {Lookups::mention(hash_of("a"), 5)});
    BOOST_REQUIRE(lookups.seal().has_value());
  }
  {
    auto lookups = open_lookups(directory, "boot-2");
    BOOST_TEST(*lookups.position() == 5u);
    BOOST_TEST(!lookups.mentions(hash_of("a"))->empty());
  }
  // Somebody had them open, and may have written.
  BOOST_TEST(*open_lookups(directory, "boot-3").position() == 0u);
  {
    auto lookups = open_lookups(directory, "boot-3");
    put(lookups, 5, {Lookups::mention(hash_of("a"), 5)});
    BOOST_REQUIRE(lookups.seal().has_value());
  }
  BOOST_TEST(*open_lookups(directory, "boot-3", "log-2").position() == 0u);
}

BOOST_AUTO_TEST_CASE(another_boot_or_another_log_begins_anew) {
  const Directory directory;
  const auto fill = [&](Lookups lookups) { put(lookups, 5, {Lookups::mention(hash_of("x"), 5)}); };
  fill(open_lookups(directory));
  BOOST_TEST(*open_lookups(directory).position() == 5u);
  BOOST_TEST(*open_lookups(directory, "boot-2").position() == 0u);
  BOOST_TEST(open_lookups(directory, "boot-2").mentions(hash_of("x"))->empty());
  fill(open_lookups(directory, "boot-2"));
  BOOST_TEST(*open_lookups(directory, "boot-2").position() == 5u);
  BOOST_TEST(*open_lookups(directory, "boot-2", "log-2").position() == 0u);
  // Without an injected one it is the running system's.
  fill(open_lookups(directory, ""));
  BOOST_TEST(*open_lookups(directory, "").position() == 5u);
}

BOOST_AUTO_TEST_CASE(damaged_lookups_begin_anew) {
  const Directory directory;
  {
    auto lookups = open_lookups(directory);
    put(lookups, 5, {Lookups::mention(hash_of("x"), 5)});
  }
  std::filesystem::resize_file(directory.path / "lookups" / "data.mdb", 5000);
  BOOST_TEST(*open_lookups(directory).position() == 0u);
}

BOOST_AUTO_TEST_CASE(open_ones_are_not_deleted_under_their_user) {
  const Directory directory;
  auto lookups = open_lookups(directory);
  put(lookups, 5, {});
  BOOST_TEST(!Lookups::open({directory.path / "lookups", "log-1", "boot-2"}).has_value());
  BOOST_TEST(*lookups.position() == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
