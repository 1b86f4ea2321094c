#pragma once

#include <string>
#include <string_view>

#include "core/bytes.hpp"

namespace horae {

/// Base64 (RFC 4648 section 4, padded). from_base64 refuses every other form of the same bytes:
/// white space, missing padding, bits that are set in what is padded.
[[nodiscard]] std::string to_base64(BytesView bytes);
[[nodiscard]] Result<Bytes> from_base64(std::string_view text);

}  // namespace horae
