#pragma once

#include <chrono>
#include <functional>

#include "node/child/child.hpp"

namespace horae {

/// Waits until a child answers. A fault with its last words where it ends before that, where the
/// patience is over, or where a stop signal came (edges/stop_signals.hpp).
[[nodiscard]] Result<void> await_answer(Child& child, std::string_view name,
                                        const std::filesystem::path& log_file,
                                        const std::function<bool()>& answers,
                                        std::chrono::seconds patience);

/// The end of what a child has written, after ": ", or nothing.
[[nodiscard]] std::string last_words(const std::filesystem::path& log_file);

}  // namespace horae
