#pragma once

#include <string>

namespace horae {

/// Of the LMDB that this process runs with, not of the one that it was built with.
[[nodiscard]] std::string lmdb_version();

}  // namespace horae
