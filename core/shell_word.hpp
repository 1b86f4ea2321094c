#pragma once

#include <string>
#include <string_view>

namespace horae {

/// Text as one word of a command line that is shown to be pasted into a shell: quoted where it must
/// be, and as it is where not.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace horae
