#pragma once

#include <filesystem>
#include <string_view>

namespace horae {

/// The version of geth that this tree is tried with, as "1.17.5": node/engine/geth.version.
[[nodiscard]] std::string_view geth_version();

/// Where ./setup puts a geth of that version; empty where there is no such place (cached_program).
[[nodiscard]] std::filesystem::path pinned_geth();

}  // namespace horae
