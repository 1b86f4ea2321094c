#pragma once

#include <filesystem>

#include "core/crypto/ed25519.hpp"

namespace horae {

/// The log's own Ed25519 key, which is made with the log and lies beside it (log/key.pem, readable
/// by the node's user alone). It is not the sequencer's key, which rotates. Refuses a missing file,
/// unless make says that the log is new, and one that is no such key.
[[nodiscard]] Result<Ed25519Key> log_key(const std::filesystem::path& file, bool make);

}  // namespace horae
