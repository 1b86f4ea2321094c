#include "node/start/log_checks.hpp"

#include "core/files.hpp"
#include "storage/log_tree.hpp"

namespace horae {

Result<CheckpointCheck> CheckpointCheck::begin(const std::filesystem::path& file) {
  CheckpointCheck out;
  out.file_ = file;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    if (error) return fail(file.string() + ": " + error.message());
    return out;
  }
  const auto note = read_small_file(file);
  if (!note) return tl::unexpected(note.error());
  auto parsed = parse_checkpoint(*note);
  if (!parsed) return fail("the checkpoint " + file.string() + ": " + parsed.error().what);
  out.signed_ = std::move(*parsed);
  return out;
}

Result<void> CheckpointCheck::end(const NodeState& node, std::uint64_t last) const {
  if (!signed_) return {};
  const auto& checkpoint = signed_->checkpoint;
  const auto where = "the checkpoint " + file_.string() + " ";
  if (node.open) {
    const auto& identity = node.identity;
    const auto origin =
        log_origin(identity.l1_chain_id, identity.l2_chain_id, identity.log_public_key);
    if (checkpoint.origin != origin) {
      return fail(where + "is of another log: wanted " + origin + ", got " + checkpoint.origin);
    }
    if (!signed_->signed_by(identity.log_public_key)) {
      return fail(where + "is not signed by this log's key, " + to_hex(identity.log_public_key));
    }
  }
  if (checkpoint.size > last) {
    return fail(where + "is signed over " + std::to_string(checkpoint.size) +
                " records, and the log has " + std::to_string(last) + ": it lost its end");
  }
  if (checkpoint.root != root_) {
    return fail(where + "is signed over other records: at " + std::to_string(checkpoint.size) +
                " the root is " + to_hex(root_) + ", signed is " + to_hex(checkpoint.root));
  }
  return {};
}

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
