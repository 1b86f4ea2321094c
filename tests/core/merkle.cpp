#include "core/merkle.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <memory>
#include <random>
#include <span>

#include "core/hash.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;

namespace {

using Leaves = std::vector<Hash32>;
using Slice = std::span<const Hash32>;

Hash32 leaf_hash(BytesView leaf) {
  static constexpr std::uint8_t tag = 0;
  return sha256({BytesView(&tag, 1), leaf});
}

Leaves some_leaves(std::size_t count) {
  Leaves out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::array<std::uint8_t, 2> bytes = {static_cast<std::uint8_t>(i >> 8),
                                               static_cast<std::uint8_t>(i)};
    out.push_back(leaf_hash(bytes));
  }
  return out;
}

// RFC 6962 section 2.1 word for word, on the leaves themselves.
std::size_t k_of(std::size_t n) {
  std::size_t k = 1;
  while (2 * k < n) k *= 2;
  return k;
}
Hash32 naive_root(Slice d) {
  if (d.empty()) return sha256(BytesView());
  if (d.size() == 1) return d[0];
  const auto k = k_of(d.size());
  static constexpr std::uint8_t tag = 1;
  return sha256(
      {BytesView(&tag, 1), naive_root(d.first(k)).view(), naive_root(d.subspan(k)).view()});
}
Leaves naive_path(std::size_t m, Slice d) {
  if (d.size() == 1) return {};
  const auto k = k_of(d.size());
  auto out = m < k ? naive_path(m, d.first(k)) : naive_path(m - k, d.subspan(k));
  out.push_back(m < k ? naive_root(d.subspan(k)) : naive_root(d.first(k)));
  return out;
}
Leaves naive_subproof(std::size_t m, Slice d, bool whole) {
  if (m == d.size()) return whole ? Leaves() : Leaves{naive_root(d)};
  const auto k = k_of(d.size());
  auto out =
      m <= k ? naive_subproof(m, d.first(k), whole) : naive_subproof(m - k, d.subspan(k), false);
  out.push_back(m <= k ? naive_root(d.subspan(k)) : naive_root(d.first(k)));
  return out;
}

// Keeps what it computed: a range is asked for again and again.
merkle::Subtree subtree_of(const Leaves& leaves) {
  auto known = std::make_shared<std::map<std::pair<std::uint64_t, std::uint64_t>, Hash32>>();
  return [&leaves, known](std::uint64_t begin, std::uint64_t end) {
    auto& out = (*known)[{begin, end}];
    if (out.is_zero()) out = naive_root(Slice(leaves).subspan(begin, end - begin));
    return out;
  };
}

// Leaves and values of the Certificate Transparency implementations' tests of RFC 6962.
const std::vector<std::string> reference_leaves = {"0x",
                                                   "0x00",
                                                   "0x10",
                                                   "0x2021",
                                                   "0x3031",
                                                   "0x40414243",
                                                   "0x5051525354555657",
                                                   "0x606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> reference_roots = {
    "0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "0xfac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "0xaeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "0xd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "0x4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "0x76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "0xddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "0x5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
const std::string n0 = "0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
const std::string n1 = "0x96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const std::string n01 = "0xfac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
const std::string n23 = "0x5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const std::string n03 = "0xd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
const std::string n4 = "0xbc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const std::string n45 = "0x0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const std::string n47 = "0x6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const std::string n67 = "0xca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";

std::vector<std::string> in_hex(const Leaves& hashes) {
  std::vector<std::string> out;
  for (const auto& hash : hashes) out.push_back(to_hex(hash));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(merkle_)

BOOST_AUTO_TEST_CASE(the_reference_values_come_out) {
  Leaves leaves;
  merkle::Frontier frontier;
  BOOST_TEST(to_hex(frontier.root()) ==
             "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < reference_leaves.size(); ++i) {
    leaves.push_back(leaf_hash(*from_hex(reference_leaves[i])));
    BOOST_TEST(!frontier.add(leaves.back()).has_value());
    BOOST_TEST(to_hex(frontier.root()) == reference_roots[i]);
  }
  const auto subtree = subtree_of(leaves);
  using Hex = std::vector<std::string>;
  BOOST_TEST(in_hex(merkle::inclusion_path(0, 1, subtree)) == Hex());
  BOOST_TEST(in_hex(merkle::inclusion_path(0, 8, subtree)) == (Hex{n1, n23, n47}));
  BOOST_TEST(in_hex(merkle::inclusion_path(5, 8, subtree)) == (Hex{n4, n67, n03}));
  BOOST_TEST(in_hex(merkle::inclusion_path(2, 3, subtree)) == (Hex{n01}));
  BOOST_TEST(in_hex(merkle::inclusion_path(1, 5, subtree)) == (Hex{n0, n23, n4}));
  BOOST_TEST(in_hex(merkle::consistency_path(1, 1, subtree)) == Hex());
  BOOST_TEST(in_hex(merkle::consistency_path(0, 8, subtree)) == Hex());
  BOOST_TEST(in_hex(merkle::consistency_path(1, 8, subtree)) == (Hex{n1, n23, n47}));
  BOOST_TEST(in_hex(merkle::consistency_path(6, 8, subtree)) == (Hex{n45, n67, n03}));
  BOOST_TEST(in_hex(merkle::consistency_path(2, 5, subtree)) == (Hex{n23, n4}));
}

BOOST_AUTO_TEST_CASE(every_root_to_600_is_the_naive_one_and_tiles_stand_for_their_leaves) {
  const auto leaves = some_leaves(600);
  merkle::Frontier frontier;
  merkle::Frontier by_tiles;
  std::size_t tiled = 0;
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const auto tile = frontier.add(leaves[size - 1]);
    BOOST_REQUIRE(frontier.size() == size);
    BOOST_REQUIRE(frontier.root() == naive_root(Slice(leaves).first(size)));
    BOOST_REQUIRE(tile.has_value() == (size % merkle::tile_leaves == 0));
    if (tile) {
      BOOST_TEST(*tile == naive_root(Slice(leaves).subspan(tiled, merkle::tile_leaves)));
      by_tiles.add_tile(*tile);
      tiled = size;
    }
    auto rebuilt = by_tiles;
    for (auto i = tiled; i < size; ++i) rebuilt.add(leaves[i]);
    BOOST_REQUIRE(rebuilt.root() == frontier.root());
  }
}

BOOST_AUTO_TEST_CASE(every_path_of_small_trees_is_the_naive_one) {
  const auto leaves = some_leaves(70);
  const auto subtree = subtree_of(leaves);
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const auto tree = Slice(leaves).first(size);
    for (std::size_t index = 0; index < size; ++index) {
      BOOST_REQUIRE(merkle::inclusion_path(index, size, subtree) == naive_path(index, tree));
    }
    for (std::size_t from = 1; from <= size; ++from) {
      BOOST_REQUIRE(merkle::consistency_path(from, size, subtree) ==
                    naive_subproof(from, tree, true));
    }
  }
}

BOOST_AUTO_TEST_CASE(random_large_trees_have_the_naive_root) {
  const auto leaves = some_leaves(40'000);
  std::mt19937_64 random(6962);
  for (int round = 0; round < 6; ++round) {
    const auto size = 1 + random() % leaves.size();
    merkle::Frontier frontier;
    merkle::Frontier by_tiles;
    for (std::size_t i = 0; i < size; ++i) {
      if (const auto tile = frontier.add(leaves[i])) by_tiles.add_tile(*tile);
    }
    for (auto i = size - size % merkle::tile_leaves; i < size; ++i) by_tiles.add(leaves[i]);
    BOOST_TEST(frontier.root() == naive_root(Slice(leaves).first(size)));
    BOOST_TEST((by_tiles == frontier));
  }
}

BOOST_AUTO_TEST_SUITE_END()
