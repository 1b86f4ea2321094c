#include "node/start/log_key.hpp"

#include <unistd.h>

#include <cerrno>

#include "storage/files.hpp"

namespace horae {

Result<Ed25519Key> log_key(const std::filesystem::path& file, bool make) {
  if (::access(file.c_str(), F_OK) == 0) {
    const auto pem = read_small_file(file);
    if (!pem) return tl::unexpected(pem.error());
    auto key = Ed25519Key::from_pem(*pem);
    if (!key) return within(file.string(), key.error());
    return key;
  }
  if (errno != ENOENT || !make) return fail(file.string() + ": " + errno_words(errno));
  auto key = Ed25519Key::make();
  if (auto written = replace_file_durably(file, key.pem()); !written) {
    return tl::unexpected(written.error());
  }
  return key;
}

}  // namespace horae
