#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"

namespace horae {

/// Refuses a port of 127.0.0.1 on which somebody listens, naming it and the option that sets it.
[[nodiscard]] Result<void> check_port(std::uint16_t port, std::string_view option);

/// A port of 127.0.0.1 on which nobody listens now, and not this one, which was chosen before.
/// Another process may take it before it is used.
[[nodiscard]] Result<std::uint16_t> free_port(std::uint16_t but = 0);

}  // namespace horae
