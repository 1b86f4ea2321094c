#pragma once

#include <string>

#include "edges/http.hpp"

namespace horae {

struct Page {
  int status = 0;
  std::string body;
};

/// One GET of a page of somebody's ops port, over plain HTTP, on a connection of its own.
[[nodiscard]] Result<Page> get_page(const Endpoint& endpoint, const std::string& target,
                                    std::uint64_t timeout_ms = 5'000);

}  // namespace horae
