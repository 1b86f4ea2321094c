#pragma once

#include <atomic>
#include <optional>

#include "schemas/values.capnp.h"
#include "tools/replay/source.hpp"

namespace horae::replay {

struct ListOptions {
  std::uint64_t from = 1;
  std::uint64_t to = UINT64_MAX;
  std::optional<schema::Domain> domain;  // only this one's
  bool json = false;
};

/// The domain of this name; refuses (usage) others, listing those that there are.
[[nodiscard]] Outcome<schema::Domain> parse_domain(std::string_view name);

/// Prints the records from … to (both included) on stdout, one a line.
[[nodiscard]] Outcome<void> list(const Source& source, const ListOptions& options,
                                 std::atomic<std::uint64_t>* at);

}  // namespace horae::replay
