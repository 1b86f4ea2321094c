#include "core/merkle.hpp"

#include <bit>

#include "core/hash.hpp"

namespace horae::merkle {
namespace {

constexpr unsigned tile_level = 8;
static_assert(tile_leaves == 1u << tile_level);

// The largest power of two below n > 1: where RFC 6962 splits n leaves.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

// SUBPROOF(m, D[begin:end], whole) of RFC 6962, m counted from begin.
void subproof(std::uint64_t m, std::uint64_t begin, std::uint64_t end, bool whole,
              const Subtree& subtree, std::vector<Hash32>& out) {
  if (m == end - begin) {
    if (!whole) out.push_back(subtree(begin, end));
    return;
  }
  const auto k = split(end - begin);
  if (m <= k) {
    subproof(m, begin, begin + k, whole, subtree, out);
    out.push_back(subtree(begin + k, end));
  } else {
    subproof(m - k, begin + k, end, false, subtree, out);
    out.push_back(subtree(begin, begin + k));
  }
}

}  // namespace

Hash32 node_hash(const Hash32& left, const Hash32& right) {
  static constexpr std::uint8_t inner = 1;
  return sha256({BytesView(&inner, 1), left.view(), right.view()});
}

std::optional<Hash32> Frontier::add(const Hash32& leaf) {
  // Only the first levels can end within this leaf's tile.
  auto hash = leaf;
  unsigned level = 0;
  for (; level < tile_level && (size_ >> level & 1) != 0; ++level) {
    hash = node_hash(full_[level], hash);
    full_[level] = {};
  }
  carry(hash, level);
  ++size_;
  return level == tile_level ? std::optional(hash) : std::nullopt;
}

void Frontier::add_tile(const Hash32& root) {
  if (size_ % tile_leaves != 0) stop("a whole tile within another");
  carry(root, tile_level);
  size_ += tile_leaves;
}

void Frontier::carry(Hash32 root, unsigned level) {
  for (; (size_ >> level & 1) != 0; ++level) {
    root = node_hash(full_[level], root);
    full_[level] = {};
  }
  if (full_.size() <= level) full_.resize(level + 1);
  full_[level] = root;
}

Hash32 Frontier::root() const {
  std::optional<Hash32> out;
  for (unsigned level = 0; level < full_.size(); ++level) {
    if ((size_ >> level & 1) == 0) continue;
    out = out ? node_hash(full_[level], *out) : full_[level];
  }
  return out ? *out : sha256(BytesView());
}

std::vector<Hash32> inclusion_path(std::uint64_t index, std::uint64_t size,
                                   const Subtree& subtree) {
  if (index >= size) stop("a path from a leaf outside of its tree");
  std::vector<Hash32> out;
  std::uint64_t begin = 0;
  for (auto end = size; end - begin > 1;) {
    const auto middle = begin + split(end - begin);
    if (index < middle) {
      out.push_back(subtree(middle, end));
      end = middle;
    } else {
      out.push_back(subtree(begin, middle));
      begin = middle;
    }
  }
  return {out.rbegin(), out.rend()};
}

std::vector<Hash32> consistency_path(std::uint64_t from, std::uint64_t to, const Subtree& subtree) {
  if (from > to) stop("a proof that a tree grew to a smaller one");
  std::vector<Hash32> out;
  if (from != 0) subproof(from, 0, to, true, subtree, out);
  return out;
}

}  // namespace horae::merkle
