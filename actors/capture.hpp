#pragma once

#include <caf/mailbox_element.hpp>

#include "telemetry/message_ring.hpp"

namespace horae {

/// A message of our conversation as the inspector is to see it. It shares the bytes of commands,
/// facts and answers and renders nothing: whoever calls `decode` does. What is no part of
/// actors/interfaces.hpp has only its type's name.
[[nodiscard]] CapturedMessage capture(const caf::mailbox_element& element, std::uint64_t from);

}  // namespace horae
