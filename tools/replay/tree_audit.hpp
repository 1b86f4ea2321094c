#pragma once

#include <optional>
#include <vector>

#include "core/checkpoint.hpp"
#include "core/merkle.hpp"
#include "events/node.hpp"
#include "tools/replay/finding.hpp"
#include "tools/replay/source.hpp"

namespace horae::replay {

/// Builds the Merkle tree of a log anew on the way through it, compares the stored roots of its
/// full tiles, and holds the tree against the signed checkpoint beside the log: LMDB's pages carry
/// no checksums, and a damaged one can drop the last commits and leave a log that is in order. A
/// missing checkpoint, and tiles that are not stored yet, are no finding.
class TreeAudit {
 public:
  /// Takes what is stored and signed.
  static tl::expected<TreeAudit, Finding> begin(const Source& source);
  /// The records' hashes, in order.
  void see(const Hash32& record);
  /// After the source's last record: the first that is wrong, if any. Beside a running node more
  /// may be signed and stored than the source had when it was opened: reads on to there.
  [[nodiscard]] std::optional<Finding> end(const Source& source, const NodeState& node);

 private:
  std::optional<SignedCheckpoint> note_;
  std::vector<Hash32> stored_;  // tiles' roots
  merkle::Frontier tree_;
  std::size_t tiles_ = 0;
  std::optional<Finding> found_;
};

}  // namespace horae::replay
