#pragma once

#include <filesystem>

#include "core/bytes.hpp"

namespace horae {

/// The public half of the log's own Ed25519 key, which is made with the log and lies beside it
/// (log/key.pem, readable by the node's user alone). It is not the sequencer's key, which rotates.
/// Refuses a missing file, unless make says that the log is new, and one that is no such key.
[[nodiscard]] Result<Hash32> log_public_key(const std::filesystem::path& log_directory, bool make);

}  // namespace horae
