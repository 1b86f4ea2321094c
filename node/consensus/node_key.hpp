#pragma once

#include <filesystem>
#include <string>

#include "core/bytes.hpp"

namespace horae {

/// By what CometBFT's nodes know one another: the first 20 bytes of the SHA-256 of the Ed25519
/// public key, in hex without 0x (CometBFT, p2p/key.go).
[[nodiscard]] std::string node_id(const Hash32& public_key);

/// The id of the key in this file (CometBFT's node_key.json), which is made where it is not there
/// (mode 0600). It is the node's identity towards its peers, and signs nothing else. Refuses a file
/// that others can read, or that is none.
[[nodiscard]] Result<std::string> node_id_of(const std::filesystem::path& file);

}  // namespace horae
