#pragma once

#include <map>
#include <string>

#include "node/config/settings.hpp"

namespace horae::config {

/// A TOML file with every setting, its sentence above it: those given as values, the others
/// commented out with their standards. network must be among the given. head: a comment of its
/// writer's, a line without the #.
[[nodiscard]] std::string commented_file(
    const std::map<std::string, std::string, std::less<>>& given, std::string_view head = "");

}  // namespace horae::config
