#include "storage/log_tree.hpp"

#include <boost/test/unit_test.hpp>

#include "core/hash.hpp"
#include "tests/fixture/print.hpp"
#include "tests/storage/directory.hpp"
#include "tests/storage/records.hpp"

using namespace horae;
using test::Directory;
using test::value_of;

namespace {

Result<Hash32> hash_of_value(BytesView value) {
  static constexpr std::uint8_t tag = 0;
  return sha256({BytesView(&tag, 1), value});
}

std::shared_ptr<Environment> open_tree_log(const Directory& directory,
                                           Access access = Access::rebuildable) {
  auto environment = open_log(directory.path / "log", access);
  if (!environment) throw std::runtime_error(environment.error().what);
  return *environment;
}

// Appends records, with the tiles that they fill.
Result<void> append(LogWriter& log, merkle::Frontier& tree, std::size_t count) {
  std::vector<Bytes> values;
  std::vector<Hash32> tiles;
  const auto first = tree.size() + 1;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(value_of(first + i));
    if (const auto tile = tree.add(*hash_of_value(values.back()))) tiles.push_back(*tile);
  }
  std::vector<LogEntry> entries;
  for (const auto& value : values) {
    const BytesView all(value);
    entries.push_back({all.first(test::header_bytes), all.subspan(test::header_bytes)});
  }
  return log.append(first, entries, tiles);
}

// What the log's tree must tell of any size, whatever is stored of it.
void check_tree(const std::shared_ptr<Environment>& environment, std::uint64_t size) {
  LogTree tree(environment, hash_of_value);
  std::vector<Hash32> hashes;
  for (std::uint64_t seq = 1; seq <= size; ++seq) hashes.push_back(*hash_of_value(value_of(seq)));
  const merkle::Subtree naive = [&](std::uint64_t begin, std::uint64_t end) {
    merkle::Frontier out;
    for (; begin < end; ++begin) out.add(hashes[begin]);
    return out.root();
  };
  for (std::uint64_t part : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{255},
                             std::uint64_t{256}, std::uint64_t{257}, size - 1, size}) {
    const auto frontier = tree.frontier(part);
    BOOST_REQUIRE_MESSAGE(frontier.has_value(), (frontier ? "" : frontier.error().what));
    BOOST_TEST(frontier->root() == naive(0, part));
    const auto grown = tree.consistency_path(part, size);
    BOOST_REQUIRE(grown.has_value());
    BOOST_TEST((*grown == merkle::consistency_path(part, size, naive)));
    for (const auto index : {std::uint64_t{0}, part / 2, part - 1}) {
      if (index >= part) continue;
      const auto path = tree.inclusion_path(index, part);
      BOOST_REQUIRE(path.has_value());
      BOOST_TEST((*path == merkle::inclusion_path(index, part, naive)));
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_tree)

BOOST_AUTO_TEST_CASE(tiles_stand_in_the_commit_that_fills_them) {
  const Directory directory;
  const auto environment = open_tree_log(directory);
  LogWriter writer(environment);
  merkle::Frontier tree;
  for (const std::size_t count : {1, 254, 1, 1, 254, 2, 700, 3}) {
    BOOST_REQUIRE(append(writer, tree, count).has_value());
    BOOST_TEST(LogTree(environment, hash_of_value).stored_tiles()->size() ==
               tree.size() / merkle::tile_leaves);
    BOOST_TEST(LogTree(environment, hash_of_value).frontier(tree.size())->root() == tree.root());
  }
  check_tree(environment, tree.size());
}

BOOST_AUTO_TEST_CASE(a_log_from_before_there_was_a_tree_is_read_and_filled_up) {
  const Directory directory;
  constexpr std::uint64_t size = 1000;
  {
    auto former = Environment::open({.directory = directory.path / "log",
                                     .access = Access::rebuildable,
                                     .tables = {"log"},
                                     .map_bytes = std::size_t{1} << 30});
    BOOST_REQUIRE(former.has_value());
    LogWriter writer(*former);
    BOOST_TEST(test::append(writer, 1, size).has_value());
  }
  {
    const auto reader = open_tree_log(directory, Access::read_only);
    BOOST_TEST(!reader->has_table("tree"));
    BOOST_TEST(LogTree(reader, hash_of_value).stored_tiles()->empty());
    check_tree(reader, size);
  }
  const auto environment = open_tree_log(directory);
  LogWriter writer(environment);
  merkle::Frontier tree;
  std::vector<Hash32> tiles;
  for (std::uint64_t seq = 1; seq <= size; ++seq) {
    if (const auto tile = tree.add(*hash_of_value(value_of(seq)))) tiles.push_back(*tile);
  }
  // Until it is filled up, no further tile can stand in it.
  auto ahead = tree;
  const auto refused = append(writer, ahead, 100);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what == "an append of tile 3 where tile 0 is the next");
  BOOST_TEST(!writer.broken());
  BOOST_TEST(*LogReader(environment).last_seq() == size);
  BOOST_TEST(!writer.add_tiles(1, tiles).has_value());
  BOOST_TEST(writer.add_tiles(0, tiles).has_value());
  BOOST_TEST(append(writer, tree, 100).has_value());
  BOOST_TEST(LogTree(environment, hash_of_value).stored_tiles()->size() == 4u);
  check_tree(environment, size + 100);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_no_record_is_a_fault) {
  const Directory directory;
  const auto environment = open_tree_log(directory);
  LogWriter writer(environment);
  merkle::Frontier tree;
  BOOST_REQUIRE(append(writer, tree, 300).has_value());
  LogTree log(environment, hash_of_value);
  BOOST_TEST(log.frontier(301).error().what == "record 301 is missing");
  BOOST_TEST(!LogTree(environment, hash_of_value).inclusion_path(0, 301).has_value());
  BOOST_TEST(!LogTree(environment, hash_of_value).consistency_path(256, 600).has_value());
  LogTree strange(environment, [](BytesView) -> Result<Hash32> { return fail("no record"); });
  BOOST_TEST(strange.frontier(257).error().what == "record 257: no record");
  BOOST_TEST(strange.inclusion_path(1, 300).error().what == "record 257: no record");
}

BOOST_AUTO_TEST_CASE(some_of_the_tiles_are_refused) {
  const Directory directory;
  LogWriter writer(open_tree_log(directory));
  const std::vector<Hash32> one(1);
  std::vector<Bytes> values(600, Bytes(80));
  std::vector<LogEntry> entries;
  for (const auto& value : values) entries.push_back({value, {}});
  BOOST_TEST(!writer.append(1, entries, one).has_value());
  BOOST_TEST(!writer.broken());
  BOOST_TEST(writer.append(1, entries, std::vector<Hash32>(2)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
