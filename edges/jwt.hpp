#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/result.hpp"

namespace horae {

/// A JSON Web Token by which the Engine API knows its caller (execution-apis, engine/authentication
/// .md: HS256 over the claim iat, which may be 60 s off). The file holds the secret, 32 bytes in
/// hex with or without 0x; it is read each time, so that a secret that was changed is found, and
/// kept nowhere. Refuses a file that others may read. No fault repeats what the file holds.
[[nodiscard]] Result<std::string> jwt_token(const std::filesystem::path& secret_file,
                                            std::uint64_t now_s);

}  // namespace horae
