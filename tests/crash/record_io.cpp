// A library to be preloaded (LD_PRELOAD): writes down, in the order in which they happen, the
// writes, syncs and renames of the files under HORAE_RECORD_UNDER, and what goes to stdout, into
// the file HORAE_RECORD_TO. lock.mdb is no part of what must survive.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/crash/io_record.hpp"

namespace {

using horae::crash::IoEntry;

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}
using Write = ssize_t(int, const void*, size_t);
using Pwrite = ssize_t(int, const void*, size_t, off_t);
using Writev = ssize_t(int, const iovec*, int);
using Sync = int(int);
using Truncate = int(int, off_t);
using Rename = int(const char*, const char*);

std::recursive_mutex& order() {
  static std::recursive_mutex mutex;
  return mutex;
}

int record_descriptor() {
  static const int descriptor = [] {
    const char* to = std::getenv("HORAE_RECORD_TO");
    return to == nullptr ? -1 : ::open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }();
  return descriptor;
}

bool watched(const std::string& path) {
  const char* under = std::getenv("HORAE_RECORD_UNDER");
  return under != nullptr && path.starts_with(under) && !path.ends_with("/lock.mdb");
}

std::string path_of(int descriptor) {
  char out[PATH_MAX];
  const auto link = "/proc/self/fd/" + std::to_string(descriptor);
  const auto length = ::readlink(link.c_str(), out, sizeof out);
  return length < 0 ? std::string() : std::string(out, static_cast<size_t>(length));
}

void put(IoEntry entry, const void* bytes, size_t length) {
  entry.length = length;
  std::vector<char> all(sizeof entry + length);
  __builtin_memcpy(all.data(), &entry, sizeof entry);
  if (length > 0) __builtin_memcpy(all.data() + sizeof entry, bytes, length);
  static auto* const write = real<Write>("write");
  if (write(record_descriptor(), all.data(), all.size()) != static_cast<ssize_t>(all.size())) {
    ::abort();
  }
}

// The file behind a descriptor, 0 where it is none of those watched.
std::uint64_t file_of(int descriptor) {
  if (record_descriptor() < 0) return 0;
  const auto path = path_of(descriptor);
  struct stat status {};
  if (!watched(path) || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  static std::set<std::uint64_t> known;
  if (known.insert(status.st_ino).second) {
    IoEntry entry;
    entry.kind = IoEntry::made;
    entry.file = status.st_ino;
    put(entry, path.data(), path.size());
  }
  return status.st_ino;
}

void wrote(int descriptor, std::uint64_t file, off_t offset, const void* bytes, ssize_t done) {
  if (file == 0 || done <= 0) return;
  IoEntry entry;
  entry.kind = IoEntry::wrote;
  entry.through = (::fcntl(descriptor, F_GETFL) & O_DSYNC) != 0 ? 1 : 0;
  entry.file = file;
  entry.offset = static_cast<std::uint64_t>(offset);
  put(entry, bytes, static_cast<size_t>(done));
}

int synced(int descriptor, const char* name) {
  const std::lock_guard guard(order());
  const int code = real<Sync>(name)(descriptor);
  const auto path = path_of(descriptor);
  if (code != 0 || record_descriptor() < 0 || !watched(path + "/")) return code;
  IoEntry entry;
  struct stat status {};
  ::fstat(descriptor, &status);
  entry.kind = S_ISDIR(status.st_mode) ? IoEntry::listed : IoEntry::synced;
  entry.file = status.st_ino;
  put(entry, path.data(), path.size());
  return code;
}

ssize_t written_at(int descriptor, const void* bytes, size_t length, off_t offset) {
  static auto* const next = real<Pwrite>("pwrite");
  const std::lock_guard guard(order());
  const auto file = file_of(descriptor);
  const auto done = next(descriptor, bytes, length, offset);
  wrote(descriptor, file, offset, bytes, done);
  return done;
}

int cut(int descriptor, off_t length) {
  static auto* const next = real<Truncate>("ftruncate");
  const std::lock_guard guard(order());
  const auto file = file_of(descriptor);
  const int code = next(descriptor, length);
  if (file == 0 || code != 0) return code;
  IoEntry entry;
  entry.kind = IoEntry::cut;
  entry.file = file;
  entry.offset = static_cast<std::uint64_t>(length);
  put(entry, nullptr, 0);
  return code;
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t length) {
  static auto* const next = real<Write>("write");
  const std::lock_guard guard(order());
  if (descriptor == STDOUT_FILENO && record_descriptor() >= 0) {
    IoEntry entry;
    entry.kind = IoEntry::told;
    put(entry, bytes, length);
    return next(descriptor, bytes, length);
  }
  const auto file = file_of(descriptor);
  const auto offset = file == 0 ? 0 : ::lseek(descriptor, 0, SEEK_CUR);
  const auto done = next(descriptor, bytes, length);
  wrote(descriptor, file, offset, bytes, done);
  return done;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t length, off_t offset) {
  return written_at(descriptor, bytes, length, offset);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t length, off64_t offset) {
  return written_at(descriptor, bytes, length, offset);
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  static auto* const next = real<Writev>("writev");
  const std::lock_guard guard(order());
  const auto file = file_of(descriptor);
  const auto offset = file == 0 ? 0 : ::lseek(descriptor, 0, SEEK_CUR);
  const auto done = next(descriptor, parts, count);
  if (file == 0 || done <= 0) return done;
  std::vector<char> all;
  for (int i = 0; i < count; ++i) {
    const auto* bytes = static_cast<const char*>(parts[i].iov_base);
    all.insert(all.end(), bytes, bytes + parts[i].iov_len);
  }
  wrote(descriptor, file, offset, all.data(), done);
  return done;
}

int fdatasync(int descriptor) { return synced(descriptor, "fdatasync"); }
int fsync(int descriptor) { return synced(descriptor, "fsync"); }
int ftruncate(int descriptor, off_t length) noexcept { return cut(descriptor, length); }
int ftruncate64(int descriptor, off64_t length) noexcept { return cut(descriptor, length); }

int rename(const char* from, const char* to) noexcept {
  static auto* const next = real<Rename>("rename");
  const std::lock_guard guard(order());
  const int code = next(from, to);
  if (code != 0 || record_descriptor() < 0 || !watched(to)) return code;
  IoEntry entry;
  entry.kind = IoEntry::renamed;
  struct stat status {};
  ::stat(to, &status);
  entry.file = status.st_ino;
  const auto names = std::string(from) + '\0' + to;
  put(entry, names.data(), names.size());
  return code;
}

}  // extern "C"
