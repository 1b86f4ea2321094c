#pragma once

#include <span>

#include "core/bytes.hpp"

namespace horae {

/// The root of the Merkle-Patricia trie in which a block keeps a list (yellow paper, appendix D;
/// 4.3.2: transactionsRoot): the key of each is the RLP of its place, the value its bytes.
[[nodiscard]] Hash32 list_root(std::span<const BytesView> items);

}  // namespace horae
