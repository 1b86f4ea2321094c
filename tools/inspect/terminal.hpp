#pragma once

#include <filesystem>

namespace horae::inspect {

/// Whether standard input and output are a terminal that a screen can be drawn on.
[[nodiscard]] bool can_show_screen();

/// The live screen, until q or a signal ends it; the terminal is as it was afterwards.
void show_screen(const std::filesystem::path& socket);

}  // namespace horae::inspect
