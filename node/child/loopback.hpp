#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace horae {

/// Refuses a port of 127.0.0.1 on which somebody listens, naming it and the option that sets it.
[[nodiscard]] Result<void> check_port(std::uint16_t port, std::string_view option);

/// A port of 127.0.0.1 on which nobody listens now, and not this one, which was chosen before.
/// Another process may take it before it is used.
[[nodiscard]] Result<std::uint16_t> free_port(std::uint16_t but = 0);

/// Ports of 127.0.0.1 on which nobody listens now, each another one, for whoever listens on them
/// later and again: of those that the system gives to no connection by itself.
[[nodiscard]] Result<std::vector<std::uint16_t>> lasting_ports(std::size_t count);

}  // namespace horae
