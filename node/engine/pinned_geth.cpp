#include "node/engine/pinned_geth.hpp"

#include "node/child/cached_program.hpp"

namespace horae {

std::string_view geth_version() { return HORAE_GETH_VERSION; }

std::filesystem::path pinned_geth() { return cached_program("geth", HORAE_GETH_VERSION); }

}  // namespace horae
