#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/bytes.hpp"

/// The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1.1) over SHA-256. Leaves are given
/// by their hashes, SHA-256(0x00 ‖ leaf); record_hash is one.
namespace horae::merkle {

/// SHA-256(0x01 ‖ left ‖ right).
[[nodiscard]] Hash32 node_hash(const Hash32& left, const Hash32& right);

/// Leaves of a tile: a full one is kept by its root alone.
constexpr std::uint64_t tile_leaves = 256;

/// The right edge of a tree that only grows: the roots of its full subtrees, at most one a level.
/// Enough to go on and to tell the root, a few hundred bytes at any size.
class Frontier {
 public:
  /// Adds the next leaf. Returns the root of the tile that is full with it.
  std::optional<Hash32> add(const Hash32& leaf);
  /// Adds a full tile by its root; only where a tile begins.
  void add_tile(const Hash32& root);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// SHA-256 of nothing for the empty tree.
  [[nodiscard]] Hash32 root() const;

  bool operator==(const Frontier&) const = default;

 private:
  void carry(Hash32 root, unsigned level);

  std::uint64_t size_ = 0;
  // A full subtree of 2^n leaves at n, meaningful where bit n of size_ is set and zero elsewhere.
  std::vector<Hash32> full_;
};

/// The root of the leaves begin … end - 1, of which begin is a multiple of the least power of two
/// that is not below end - begin.
using Subtree = std::function<Hash32(std::uint64_t begin, std::uint64_t end)>;

/// PATH(index, D[size]) of RFC 6962 section 2.1.1, nearest first; index < size.
[[nodiscard]] std::vector<Hash32> inclusion_path(std::uint64_t index, std::uint64_t size,
                                                 const Subtree& subtree);
/// PROOF(from, D[to]) of RFC 6962 section 2.1.2; from ≤ to. Empty for 0 and for equal sizes.
[[nodiscard]] std::vector<Hash32> consistency_path(std::uint64_t from, std::uint64_t to,
                                                   const Subtree& subtree);

}  // namespace horae::merkle
