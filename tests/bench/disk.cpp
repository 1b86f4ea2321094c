#include "tests/bench/disk.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "core/files.hpp"

namespace horae::bench {

RunDirectory::RunDirectory(const std::filesystem::path& parent) {
  std::filesystem::create_directories(parent);
  auto name = (parent / "bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    stop("cannot make a directory in " + parent.string() + ": " + errno_words(errno));
  }
  path_ = name;
}

RunDirectory::~RunDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

bool in_memory(const std::filesystem::path& directory) {
  struct statfs status {};
  if (::statfs(directory.c_str(), &status) != 0) return false;
  return status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC;
}

RawFile::RawFile(const std::filesystem::path& path)
    : file_(::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)) {
  if (file_ < 0) stop("cannot make " + path.string() + ": " + errno_words(errno));
}

RawFile::~RawFile() { ::close(file_); }

void RawFile::append(BytesView bytes) {
  if (::write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      ::fdatasync(file_) != 0) {
    stop("the raw append: " + errno_words(errno));
  }
}

}  // namespace horae::bench
