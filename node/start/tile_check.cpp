#include "node/start/tile_check.hpp"

#include "storage/log_tree.hpp"

namespace horae {

Result<TileCheck> TileCheck::begin(const std::shared_ptr<Environment>& environment) {
  auto stored = LogTree(environment, nullptr).stored_tiles();
  if (!stored) return tl::unexpected(stored.error());
  TileCheck out;
  out.stored_ = std::move(*stored);
  return out;
}

Result<void> TileCheck::see(const Hash32& root) {
  const auto index = seen_++;
  if (index >= stored_.size()) {
    missing_.push_back(root);
  } else if (stored_[index] != root) {
    return fail("the stored root of tile " + std::to_string(index) + ", which ends here: wanted " +
                to_hex(root) + ", got " + to_hex(stored_[index]));
  }
  return {};
}

Result<void> TileCheck::end(const std::shared_ptr<Environment>& environment) const {
  if (seen_ < stored_.size()) {
    return fail("the tree has " + std::to_string(stored_.size()) +
                " full tiles, the records fill " + std::to_string(seen_) +
                ": the log lost its end");
  }
  if (missing_.empty()) return {};
  return LogWriter(environment).add_tiles(stored_.size(), missing_);
}

}  // namespace horae
