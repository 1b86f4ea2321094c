#pragma once

#include <filesystem>
#include <optional>

#include "events/node.hpp"
#include "tools/replay/finding.hpp"
#include "tools/replay/source.hpp"

namespace horae::replay {

/// Builds the Merkle tree of a verified log anew, compares the stored roots of its full tiles, and
/// holds the tree against the signed checkpoint in this file: LMDB's pages carry no checksums, and
/// a damaged one can drop the last commits and leave a log that is in order. A missing file, and
/// tiles that are not stored yet, are no finding.
[[nodiscard]] std::optional<Finding> check_tree(const Source& source, const NodeState& node,
                                                const std::filesystem::path& checkpoint);

}  // namespace horae::replay
