#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace horae {

/// The known word with the fewest insertions, deletions and changes from the given one; none where
/// more than a third of it would have to change.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> known);

}  // namespace horae
