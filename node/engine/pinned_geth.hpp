#pragma once

#include <filesystem>
#include <string_view>

namespace horae {

/// The version of geth that this tree is tried with, as "1.17.5": node/engine/geth.version.
[[nodiscard]] std::string_view geth_version();

/// Where ./setup puts a geth of that version: horae/geth-VERSION/geth in $XDG_CACHE_HOME, or else
/// in ~/.cache. Empty where neither is set.
[[nodiscard]] std::filesystem::path pinned_geth();

}  // namespace horae
