#pragma once

#include <optional>
#include <vector>

#include "core/checkpoint.hpp"
#include "core/merkle.hpp"
#include "events/node/node.hpp"
#include "tools/replay/audit/finding.hpp"
#include "tools/replay/source.hpp"

namespace horae::replay {

/// Builds the Merkle tree of a log anew on the way through it, compares the stored roots of its
/// full tiles, and holds the tree against the signed checkpoint beside the log, and against one
/// that the auditor kept: LMDB's pages carry no checksums, and a damaged one can drop the last
/// commits and leave a log that is in order. A missing checkpoint, and tiles that are not stored
/// yet, are no finding.
class TreeAudit {
 public:
  /// Takes what is stored and signed.
  static tl::expected<TreeAudit, Finding> begin(const Source& source,
                                                std::optional<SignedCheckpoint> kept);
  /// Takes the stored roots of the tiles that are full before this record as they are, where all of
  /// them are stored and no checkpoint is smaller; returns the first record whose hash is wanted.
  std::uint64_t pass(std::uint64_t before);

  /// The next record's hash. node: the state with it. tile: root of the tile that is full with it,
  /// where somebody computed that. The first thing that is wrong, if any.
  [[nodiscard]] std::optional<Finding> see(const Hash32& record, const NodeState& node,
                                           const std::optional<Hash32>& tile = std::nullopt) {
    leaves_.push_back(record);
    const auto seq = tiles_.size() + leaves_.size();
    if (leaves_.size() < merkle::tile_leaves && seq != next_signed_) return std::nullopt;
    return look(seq, node, tile);
  }
  /// After the source's last record: what is wrong with the log's end, if anything. Beside a
  /// running node more may be signed and stored than the source had when it was opened: reads on to
  /// there.
  [[nodiscard]] std::optional<Finding> end(const Source& source, const NodeState& node);

 private:
  struct Note {
    SignedCheckpoint note;
    std::string name;
  };
  std::optional<Finding> look(std::uint64_t seq, const NodeState& node,
                              const std::optional<Hash32>& tile);
  [[nodiscard]] std::optional<Finding> check_root(const Note& note, const NodeState& node) const;
  [[nodiscard]] merkle::Frontier tree() const;
  [[nodiscard]] Hash32 tile_root() const;
  void find_next(std::uint64_t after);

  std::vector<Note> notes_;
  std::uint64_t next_signed_ = UINT64_MAX;  // the next size that a note speaks of
  std::vector<Hash32> stored_;              // tiles' roots
  merkle::Frontier tiles_;                  // of the full tiles
  std::vector<Hash32> leaves_;              // behind them
};

}  // namespace horae::replay
