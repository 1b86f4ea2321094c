#pragma once

#include <filesystem>

#include "events/pool/pool.hpp"

namespace horae {

/// The text of a genesis file: JSON with what the genesis says for people (`pool`) and its
/// canonical bytes (`bytes`), which alone are read.
[[nodiscard]] std::string genesis_text(const Msg<schema::PoolGenesis>& genesis);
/// Reads one. Refuses one whose two forms do not say the same, since somebody edited it, and what
/// begins nothing (why_no_genesis).
[[nodiscard]] Result<Msg<schema::PoolGenesis>> read_genesis(const std::filesystem::path& file);

}  // namespace horae
