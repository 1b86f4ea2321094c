#include "core/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "core/shell_word.hpp"

namespace horae {

std::string errno_words(int code) { return std::generic_category().message(code); }

Result<void> make_private_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return {};
  const auto whole = std::filesystem::absolute(directory, error).lexically_normal();
  // A trailing slash leaves an empty last part.
  const auto target = whole.has_filename() ? whole : whole.parent_path();
  std::filesystem::create_directories(target.parent_path(), error);
  if (error) return fail("cannot create " + target.parent_path().string() + ": " + error.message());
  if (::mkdir(target.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail("cannot create " + target.string() + ": " + errno_words(errno));
  }
  if (!std::filesystem::is_directory(target, error)) {
    return fail(target.string() + " is not a directory");
  }
  return sync_path(target.parent_path());
}

Result<void> sync_path(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail("cannot open " + path.string() + ": " + errno_words(errno));
  const int outcome = ::fsync(descriptor);
  const int code = errno;
  ::close(descriptor);
  if (outcome != 0) return fail("cannot sync " + path.string() + ": " + errno_words(code));
  return {};
}

Result<std::string> read_small_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  if (kind == std::filesystem::file_type::directory) return fail(path.string() + " is a directory");
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail("cannot read " + path.string() + ": " + errno_words(errno));
  // Not by iterators, which throw what the system refuses.
  std::string out;
  char part[4096];
  while (in.read(part, sizeof part) || in.gcount() > 0) {
    out.append(part, static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return fail("cannot read " + path.string() + " to its end");
  return out;
}

Result<std::string> read_private_file(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return fail(path.string() + ": " + errno_words(errno));
  if (S_ISDIR(status.st_mode)) return fail(path.string() + " is a directory");
  if ((status.st_mode & 077) != 0) {
    return fail(path.string() + " can be read by others: chmod 600 " + shell_word(path.string()));
  }
  return read_small_file(path);
}

Result<void> replace_small_file(const std::filesystem::path& path, const std::string& content) {
  auto fresh = path;
  fresh += ".new";
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail("cannot write " + fresh.string() + ": " + errno_words(errno));
  const auto written = ::write(descriptor, content.data(), content.size());
  ::close(descriptor);
  if (written != static_cast<ssize_t>(content.size())) {
    return fail("cannot write " + fresh.string());
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    return fail("cannot put " + path.string() + " in its place: " + errno_words(errno));
  }
  return {};
}

Result<void> replace_file_durably(const std::filesystem::path& path, std::string_view content) {
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
  return sync_path(path.has_parent_path() ? path.parent_path() : ".");
}

}  // namespace horae
