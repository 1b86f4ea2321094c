#include "node/dev/programs.hpp"

#include <system_error>

#include "node/engine/pinned_geth.hpp"

namespace horae::dev {

Programs find_programs() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto bin = self.parent_path();
  std::filesystem::path contracts = bin.parent_path() / "contracts";
  if (!std::filesystem::exists(contracts / "LockingPool.json", error)) {
    contracts = std::filesystem::path(HORAE_BINARY_DIR) / "contracts";
  }
  std::filesystem::path npm = bin.parent_path().parent_path().parent_path() / "node_modules";
  if (!std::filesystem::exists(npm / "@foundry-rs", error)) {
    npm = std::filesystem::path(HORAE_SOURCE_DIR) / "node_modules";
  }
  npm /= "@foundry-rs";
  return {npm / "anvil-linux-amd64" / "bin" / "anvil",
          npm / "cast-linux-amd64" / "bin" / "cast",
          pinned_geth(),
          contracts,
          bin / "horae",
          bin / "horae-replay",
          bin / "horae-inspect"};
}

}  // namespace horae::dev
