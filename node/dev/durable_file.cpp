#include "node/dev/durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "storage/files.hpp"

namespace horae::dev {

Result<void> write_durably(const std::filesystem::path& path, std::string_view content) {
  auto fresh = path;
  fresh += ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail("cannot write " + fresh.string() + ": " + errno_words(errno));
  int trouble = 0;
  while (!content.empty() && trouble == 0) {
    const auto written = ::write(file, content.data(), content.size());
    if (written >= 0) {
      content.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      trouble = errno;
    }
  }
  if (trouble == 0 && ::fsync(file) != 0) trouble = errno;
  ::close(file);
  if (trouble == 0 && ::rename(fresh.c_str(), path.c_str()) != 0) trouble = errno;
  if (trouble != 0) return fail("cannot write " + path.string() + ": " + errno_words(trouble));
  return sync_path(path.parent_path());
}

}  // namespace horae::dev
