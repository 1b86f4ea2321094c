#include "node/consensus/pinned_cometbft.hpp"

#include "node/child/cached_program.hpp"

namespace horae {

std::string_view cometbft_version() { return HORAE_COMETBFT_VERSION; }

std::filesystem::path pinned_cometbft() {
  return cached_program("cometbft", HORAE_COMETBFT_VERSION);
}

}  // namespace horae
