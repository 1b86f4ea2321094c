#pragma once

#include <filesystem>

#include "core/result.hpp"

namespace horae {

/// A listening unix socket at path, mode 0600 from its first moment; replaces a socket that is
/// there.
Result<int> listen_at(const std::filesystem::path& path);

}  // namespace horae
