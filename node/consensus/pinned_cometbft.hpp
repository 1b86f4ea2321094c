#pragma once

#include <filesystem>
#include <string_view>

namespace horae {

/// The version of CometBFT that this tree is tried with, as "0.40.0":
/// node/consensus/cometbft.version. (The program itself says 0.39.0.)
[[nodiscard]] std::string_view cometbft_version();

/// Where ./setup puts a cometbft of that version; empty where there is no such place
/// (cached_program).
[[nodiscard]] std::filesystem::path pinned_cometbft();

}  // namespace horae
