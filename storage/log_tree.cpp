#include "storage/log_tree.hpp"

#include <algorithm>

#include "storage/seq_key.hpp"

namespace horae {

using merkle::tile_leaves;

LogTree::LogTree(std::shared_ptr<Environment> environment, LeafHash leaf_hash)
    : environment_(std::move(environment)), log_(environment_), leaf_hash_(std::move(leaf_hash)) {}

Result<std::vector<Hash32>> LogTree::stored_tiles() {
  std::vector<Hash32> out;
  if (!environment_->has_table(tree_table)) return out;
  lmdb::ReadSlot slot(environment_, environment_->table(tree_table));
  const lmdb::ReadScope scope(slot);
  if (!scope.begun()) return tl::unexpected(scope.begun().error());
  MDB_val key{};
  MDB_val value{};
  int code = mdb_cursor_get(slot.cursor(), &key, &value, MDB_FIRST);
  for (; code == MDB_SUCCESS; code = mdb_cursor_get(slot.cursor(), &key, &value, MDB_NEXT)) {
    const auto index = lmdb::seq_of(key);
    if (!index) return tl::unexpected(index.error());
    const auto root = Hash32::from(lmdb::view(value));
    if (*index != out.size() || !root) {
      return fail("tile " + std::to_string(out.size()) + " of the log's tree: wanted " +
                  (root ? "this index, got " + std::to_string(*index) : root.error().what));
    }
    out.push_back(*root);
  }
  if (code != MDB_NOTFOUND) return fail("cannot read the log's tree: " + lmdb::words(code));
  return out;
}

Result<std::vector<Hash32>> LogTree::leaves(std::uint64_t begin, std::uint64_t end) {
  std::vector<Hash32> out;
  if (begin == end) return out;
  Result<void> trouble;
  const auto shown = log_.scan(begin + 1, end, [&](std::uint64_t seq, BytesView value) {
    const auto hash = leaf_hash_(value);
    if (!hash) trouble = within("record " + std::to_string(seq), hash.error());
    if (!hash || seq != begin + out.size() + 1) return false;
    out.push_back(*hash);
    return true;
  });
  if (!shown) return tl::unexpected(shown.error());
  if (!trouble) return tl::unexpected(trouble.error());
  if (out.size() != end - begin) {
    return fail("record " + std::to_string(begin + out.size() + 1) + " is missing");
  }
  return out;
}

Result<void> LogTree::load_tiles(std::uint64_t size) {
  const auto wanted = size / tile_leaves;
  if (tiles_.size() < wanted) {
    auto stored = stored_tiles();
    if (!stored) return tl::unexpected(stored.error());
    tiles_ = std::move(*stored);
  }
  while (tiles_.size() < wanted) {
    const auto begin = tiles_.size() * tile_leaves;
    const auto hashes = leaves(begin, begin + tile_leaves);
    if (!hashes) return tl::unexpected(hashes.error());
    merkle::Frontier tile;
    for (const auto& hash : *hashes) tile.add(hash);
    tiles_.push_back(tile.root());
  }
  return {};
}

Result<merkle::Frontier> LogTree::frontier(std::uint64_t size) {
  if (auto loaded = load_tiles(size); !loaded) return tl::unexpected(loaded.error());
  merkle::Frontier out;
  for (std::uint64_t tile = 0; tile < size / tile_leaves; ++tile) out.add_tile(tiles_[tile]);
  const auto rest = leaves(out.size(), size);
  if (!rest) return tl::unexpected(rest.error());
  for (const auto& hash : *rest) out.add(hash);
  return out;
}

merkle::Subtree LogTree::subtree() {
  trouble_ = {};
  return [this](std::uint64_t begin, std::uint64_t end) {
    merkle::Frontier out;
    for (; end - begin >= tile_leaves; begin += tile_leaves) {
      out.add_tile(tiles_[begin / tile_leaves]);
    }
    if (begin == end || !trouble_) return out.root();
    // What is left stands in one tile, of which a path wants several parts.
    if (begin < read_begin_ || end > read_begin_ + read_.size()) {
      const auto from = begin - begin % tile_leaves;
      auto hashes = leaves(from, std::max(end, std::min(from + tile_leaves, size_)));
      if (!hashes) {
        trouble_ = tl::unexpected(hashes.error());
        return out.root();
      }
      read_begin_ = from;
      read_ = std::move(*hashes);
    }
    for (; begin < end; ++begin) out.add(read_[begin - read_begin_]);
    return out.root();
  };
}

Result<std::vector<Hash32>> LogTree::inclusion_path(std::uint64_t index, std::uint64_t size) {
  if (auto loaded = load_tiles(size); !loaded) return tl::unexpected(loaded.error());
  size_ = size;
  auto out = merkle::inclusion_path(index, size, subtree());
  if (!trouble_) return tl::unexpected(trouble_.error());
  return out;
}

Result<std::vector<Hash32>> LogTree::consistency_path(std::uint64_t from, std::uint64_t to) {
  if (auto loaded = load_tiles(to); !loaded) return tl::unexpected(loaded.error());
  size_ = to;
  auto out = merkle::consistency_path(from, to, subtree());
  if (!trouble_) return tl::unexpected(trouble_.error());
  return out;
}

}  // namespace horae
