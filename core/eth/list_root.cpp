#include "core/eth/list_root.hpp"

#include <algorithm>
#include <vector>

#include "core/eth/rlp.hpp"
#include "core/hash.hpp"

namespace horae {
namespace {

struct Leaf {
  Bytes nibbles;  // of its key
  BytesView value;
};

using Leaves = std::span<const Leaf>;

// Appendix C: the nibbles from a place on, with a flag and their parity before them.
Bytes hex_prefix(BytesView nibbles, bool ends) {
  Bytes out;
  const auto odd = nibbles.size() % 2;
  const auto flag = static_cast<std::uint8_t>((ends ? 2 : 0) + odd);
  out.push_back(static_cast<std::uint8_t>(flag << 4 | (odd != 0 ? nibbles[0] : 0)));
  for (auto i = odd; i < nibbles.size(); i += 2) {
    out.push_back(static_cast<std::uint8_t>(nibbles[i] << 4 | nibbles[i + 1]));
  }
  return out;
}

Bytes node_of(Leaves leaves, std::size_t depth);

// A node of less than 32 bytes stands in its parent itself, any other by its hash.
void refer(Bytes& parent, const Bytes& node) {
  if (node.size() < 32) {
    parent.insert(parent.end(), node.begin(), node.end());
  } else {
    rlp::put(parent, keccak256(node));
  }
}

Bytes branch_of(Leaves leaves, std::size_t depth) {
  Bytes items;
  BytesView value;
  if (leaves.front().nibbles.size() == depth) {
    value = leaves.front().value;
    leaves = leaves.subspan(1);
  }
  for (unsigned nibble = 0; nibble < 16; ++nibble) {
    const auto next = std::ranges::find_if(
        leaves, [&](const Leaf& leaf) { return leaf.nibbles[depth] != nibble; });
    const auto count = static_cast<std::size_t>(next - leaves.begin());
    if (count == 0) {
      rlp::put(items, BytesView());
    } else {
      refer(items, node_of(leaves.first(count), depth + 1));
    }
    leaves = leaves.subspan(count);
  }
  rlp::put(items, value);
  return rlp::list_of(items);
}

// The node of all keys that are equal before depth; sorted, at least one.
Bytes node_of(Leaves leaves, std::size_t depth) {
  const auto& first = leaves.front().nibbles;
  Bytes items;
  if (leaves.size() == 1) {
    rlp::put(items, BytesView(hex_prefix(BytesView(first).subspan(depth), true)));
    rlp::put(items, leaves.front().value);
    return rlp::list_of(items);
  }
  const auto& last = leaves.back().nibbles;
  const auto shared = static_cast<std::size_t>(
      std::mismatch(first.begin() + static_cast<std::ptrdiff_t>(depth), first.end(),
                    last.begin() + static_cast<std::ptrdiff_t>(depth), last.end())
          .first -
      first.begin());
  if (shared == depth) return branch_of(leaves, depth);
  rlp::put(items, BytesView(hex_prefix(BytesView(first).subspan(depth, shared - depth), false)));
  refer(items, branch_of(leaves, shared));
  return rlp::list_of(items);
}

}  // namespace

Hash32 list_root(std::span<const BytesView> items) {
  if (items.empty()) {
    const Bytes empty_text{0x80};
    return keccak256(empty_text);
  }
  std::vector<Leaf> leaves;
  leaves.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    Bytes nibbles;
    for (const auto byte : rlp::encode(i)) {
      nibbles.push_back(byte >> 4);
      nibbles.push_back(byte & 15);
    }
    leaves.push_back({std::move(nibbles), items[i]});
  }
  std::ranges::sort(leaves, {}, &Leaf::nibbles);
  return keccak256(node_of(leaves, 0));
}

}  // namespace horae
