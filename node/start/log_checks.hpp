#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "core/checkpoint.hpp"
#include "core/merkle.hpp"
#include "events/node/node.hpp"
#include "storage/environment.hpp"

// What a log is held against while a start reads it.
namespace horae {

/// Holds a log against the signed checkpoint beside it while the log is read: LMDB's pages carry no
/// checksums, and a flipped bit can drop the last commits without a trace in the file itself.
class CheckpointCheck {
 public:
  /// Refuses a file that is no signed checkpoint. One that is missing is nothing to check against.
  static Result<CheckpointCheck> begin(const std::filesystem::path& file);

  [[nodiscard]] std::uint64_t size() const { return signed_ ? signed_->checkpoint.size : 0; }
  /// To be called with the tree after every record.
  void see(const merkle::Frontier& tree) {
    if (signed_ && tree.size() == signed_->checkpoint.size) root_ = tree.root();
  }
  /// Refuses a log that is shorter than the signed one or was another when it was as long, and a
  /// checkpoint that is not this log's own.
  [[nodiscard]] Result<void> end(const NodeState& node, std::uint64_t last) const;

 private:
  std::filesystem::path file_;
  std::optional<SignedCheckpoint> signed_;
  Hash32 root_;
};

/// Holds the stored tiles of a log's tree against its records, as they are read in order.
class TileCheck {
 public:
  static Result<TileCheck> begin(const std::shared_ptr<Environment>& environment);

  [[nodiscard]] std::uint64_t stored() const { return stored_.size(); }
  /// Those before this one are taken as they are stored: of these many there must be.
  void skip(std::uint64_t tiles) { seen_ = tiles; }
  /// The root of the next tile that the records fill.
  Result<void> see(const Hash32& root);
  /// All records were seen: refuses more tiles than they fill, and stores those that are missing.
  Result<void> end(const std::shared_ptr<Environment>& environment) const;

 private:
  std::vector<Hash32> stored_;
  std::vector<Hash32> missing_;
  std::uint64_t seen_ = 0;
};

}  // namespace horae
