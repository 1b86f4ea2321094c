#pragma once

#include <filesystem>
#include <string>

#include "tools/replay/refusal.hpp"

namespace horae::replay {

/// Of any file that is read as a whole: a record's payload, at most 16 MiB, as hex, and some more.
constexpr std::size_t most_input_bytes = 64u << 20;

/// A whole file that somebody gave us. Refuses (configuration) what is not there or cannot be read,
/// and (corrupt) one that is empty or longer than anything that we write.
[[nodiscard]] Outcome<std::string> read_input(const std::filesystem::path& file);

}  // namespace horae::replay
