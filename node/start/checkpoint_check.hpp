#pragma once

#include <filesystem>
#include <optional>

#include "core/checkpoint.hpp"
#include "core/merkle.hpp"
#include "events/node/node.hpp"

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

}  // namespace horae
