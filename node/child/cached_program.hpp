#pragma once

#include <filesystem>
#include <string>

namespace horae {

/// Where ./setup puts a program that it fetches: horae/NAME-VERSION/NAME in $XDG_CACHE_HOME, or
/// else in ~/.cache. Empty where neither is set.
[[nodiscard]] std::filesystem::path cached_program(const std::string& name,
                                                   const std::string& version);

}  // namespace horae
