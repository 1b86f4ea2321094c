#pragma once

#include <filesystem>
#include <string_view>

#include "core/result.hpp"

namespace horae::dev {

/// Puts a file (mode 0600) in its place by write, sync, rename and sync of the directory: after a
/// crash there is the old content or the new one, whole.
[[nodiscard]] Result<void> write_durably(const std::filesystem::path& path,
                                         std::string_view content);

}  // namespace horae::dev
