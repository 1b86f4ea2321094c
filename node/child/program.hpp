#pragma once

#include <filesystem>
#include <string>

#include "core/result.hpp"

namespace horae {

/// The program that a shell would start by this name: sought in PATH where it has no slash.
[[nodiscard]] Result<std::filesystem::path> program_called(const std::string& name);

}  // namespace horae
