#pragma once

#include <filesystem>

#include "core/result.hpp"

namespace horae {

/// A listening unix socket at path, mode 0600 from its first moment, close-on-exec and
/// non-blocking; replaces a socket that is there, and refuses anything else in its place.
Result<int> listen_at(const std::filesystem::path& path);

/// A blocking, connected socket, close-on-exec, to whoever listens at path.
Result<int> dial(const std::filesystem::path& path);

}  // namespace horae
