#include "node/dev/durable_file.hpp"

#include "storage/files.hpp"

namespace horae::dev {

Result<void> write_durably(const std::filesystem::path& path, std::string_view content) {
  return replace_file_durably(path, content);
}

}  // namespace horae::dev
