#include "storage/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "core/files.hpp"

namespace horae {
namespace {

// The pid that the holder wrote, or words that do without.
std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const auto length = ::pread(descriptor, text.data(), text.size(), 0);
  std::string pid;
  for (ssize_t i = 0; i < length && text[static_cast<std::size_t>(i)] >= '0' &&
                      text[static_cast<std::size_t>(i)] <= '9';
       ++i) {
    pid += text[static_cast<std::size_t>(i)];
  }
  return pid.empty() ? "another process" : "process " + pid;
}

// Who only looks whether somebody has it (is_held) has it for some microseconds.
constexpr int lock_tries = 5;
constexpr std::chrono::milliseconds between_tries{10};

bool taken(int descriptor) {
  for (int tries = 1; ::flock(descriptor, LOCK_EX | LOCK_NB) != 0; ++tries) {
    if (errno != EWOULDBLOCK || tries == lock_tries) return false;
    std::this_thread::sleep_for(between_tries);
  }
  return true;
}

}  // namespace

bool DataDirectory::is_held(const DataPaths& paths) {
  const int descriptor = ::open(paths.lock_file().c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return held;
}

tl::expected<DataDirectory, Failure> DataDirectory::lock(const std::filesystem::path& root) {
  const auto no_access = [](std::string what) {
    return tl::unexpected(Failure{Trouble::directory_access, std::move(what)});
  };
  if (auto made = make_private_directory(root); !made) return no_access(made.error().what);
  DataPaths paths{root};
  const auto file = paths.lock_file();
  // Close-on-exec: a child that outlives this process must not keep the directory.
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return no_access("cannot open " + file.string() + ": " + errno_words(errno));
  if (!taken(descriptor)) {
    const int code = errno;
    const auto who = holder(descriptor);
    ::close(descriptor);
    if (code != EWOULDBLOCK)
      return no_access("cannot lock " + file.string() + ": " + errno_words(code));
    return tl::unexpected(Failure{Trouble::directory_locked,
                                  "data directory " + root.string() + " is in use by " + who});
  }
  DataDirectory out(std::move(paths), descriptor);
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return no_access("cannot write " + file.string() + ": " + errno_words(errno));
  }
  return out;
}

DataDirectory::~DataDirectory() {
  if (descriptor_ < 0) return;
  // A stale pid would be named to whoever asks in the moment before the next holder writes its own.
  if (::ftruncate(descriptor_, 0) != 0) { /* the lock matters, the name does not */
  }
  ::close(descriptor_);
}

}  // namespace horae
