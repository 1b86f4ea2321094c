// A library to be preloaded (LD_PRELOAD): makes a disk that fails out of one that does not. What
// fails stands in the file HORAE_FAIL_AS, which may come, change and go while the process runs. A
// line each:
//
//   under /data/log    for files whose path begins so (lock.mdb aside, which is shared memory)
//   write ENOSPC       every write takes half of its bytes and then fails, as on a full disk
//   write EIO 1        the next write fails, the ones after it do not
//   head EIO 1         the next write into the first two pages, which say where LMDB's tree begins
//   sync EIO 1         the next fsync or fdatasync fails: its bytes may be on the disk or not
//   free 1000000       statvfs says that so many bytes are free

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

namespace {

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}
using Write = ssize_t(int, const void*, size_t);
using Pwrite = ssize_t(int, const void*, size_t, off_t);
using Writev = ssize_t(int, const iovec*, int);
using Pwritev = ssize_t(int, const iovec*, int, off_t);
using Sync = int(int);

struct Order {
  int code = 0;
  long long number = -1;  // how often; bytes
};

// What the file says of a kind of call on a path.
std::optional<Order> order_for(const char* kind, const std::string& path) {
  const char* file = std::getenv("HORAE_FAIL_AS");
  if (file == nullptr || path.ends_with("/lock.mdb")) return std::nullopt;
  std::FILE* in = std::fopen(file, "re");
  if (in == nullptr) return std::nullopt;
  std::optional<Order> out;
  bool under = false;
  char line[PATH_MAX + 20];
  while (std::fgets(line, sizeof line, in) != nullptr) {
    char name[20], what[PATH_MAX];
    Order order;
    if (std::sscanf(line, "%19s %4095s %lld", name, what, &order.number) < 2) continue;
    if (std::strcmp(name, "under") == 0) under = path.starts_with(what);
    if (!under || std::strcmp(name, kind) != 0) continue;
    order.code = std::strcmp(what, "ENOSPC") == 0 ? ENOSPC : EIO;
    if (std::strcmp(kind, "free") == 0) order.number = std::atoll(what);
    out = order;
  }
  std::fclose(in);
  return out;
}

std::string path_of(int descriptor) {
  char out[PATH_MAX];
  const auto link = "/proc/self/fd/" + std::to_string(descriptor);
  const auto length = ::readlink(link.c_str(), out, sizeof out);
  return length < 0 ? std::string() : std::string(out, static_cast<size_t>(length));
}

// The code to fail with now, 0 for none.
int failing(const char* kind, int descriptor) {
  if (std::getenv("HORAE_FAIL_AS") == nullptr) return 0;
  static std::atomic<long long> failed{0};
  const auto order = order_for(kind, path_of(descriptor));
  if (!order) return 0;
  if (order->number >= 0 && failed.fetch_add(1) >= order->number) return 0;
  return order->code;
}

// A disk that is full takes what there is room for.
template <class Part>
ssize_t cut_short(int code, size_t length, Part&& part) {
  const auto fits = code == ENOSPC ? length / 2 : 0;
  if (fits > 0) {
    if (const auto done = part(fits); done > 0) return done;
  }
  errno = code;
  return -1;
}

constexpr off_t head_bytes = 2 * 4096;

ssize_t write_at(int descriptor, const void* bytes, size_t length, off_t offset) {
  static auto* const next = real<Pwrite>("pwrite");
  int code = failing("write", descriptor);
  if (code == 0 && offset < head_bytes) code = failing("head", descriptor);
  if (code != 0) {
    return cut_short(code, length,
                     [&](size_t fits) { return next(descriptor, bytes, fits, offset); });
  }
  return next(descriptor, bytes, length, offset);
}

ssize_t write_parts_at(int descriptor, const iovec* parts, int count, off_t offset) {
  static auto* const next = real<Pwritev>("pwritev");
  if (const int code = failing("write", descriptor); code != 0 && count > 0) {
    return cut_short(code, parts->iov_len, [&](size_t fits) {
      return real<Pwrite>("pwrite")(descriptor, parts->iov_base, fits, offset);
    });
  }
  return next(descriptor, parts, count, offset);
}

int sync_as(const char* name, int descriptor) {
  if (const int code = failing("sync", descriptor); code != 0) {
    errno = code;
    return -1;
  }
  return real<Sync>(name)(descriptor);
}

template <class Stat>
int told_room(const char* name, const char* path, Stat* out) {
  const int code = real<int(const char*, Stat*)>(name)(path, out);
  const auto order = order_for("free", path);
  if (code == 0 && order) out->f_bavail = static_cast<fsblkcnt_t>(order->number) / out->f_frsize;
  return code;
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t length) {
  static auto* const next = real<Write>("write");
  if (const int code = failing("write", descriptor); code != 0) {
    return cut_short(code, length, [&](size_t fits) { return next(descriptor, bytes, fits); });
  }
  return next(descriptor, bytes, length);
}
ssize_t pwrite(int descriptor, const void* bytes, size_t length, off_t offset) {
  return write_at(descriptor, bytes, length, offset);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t length, off64_t offset) {
  return write_at(descriptor, bytes, length, offset);
}
ssize_t writev(int descriptor, const iovec* parts, int count) {
  static auto* const next = real<Writev>("writev");
  if (const int code = failing("write", descriptor); code != 0 && count > 0) {
    return cut_short(code, parts->iov_len, [&](size_t fits) {
      return real<Write>("write")(descriptor, parts->iov_base, fits);
    });
  }
  return next(descriptor, parts, count);
}
ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
  return write_parts_at(descriptor, parts, count, offset);
}
ssize_t pwritev64(int descriptor, const iovec* parts, int count, off64_t offset) {
  return write_parts_at(descriptor, parts, count, offset);
}

int fdatasync(int descriptor) { return sync_as("fdatasync", descriptor); }
int fsync(int descriptor) { return sync_as("fsync", descriptor); }

int statvfs(const char* path, struct statvfs* out) noexcept {
  return told_room("statvfs", path, out);
}
int statvfs64(const char* path, struct statvfs64* out) noexcept {
  return told_room("statvfs64", path, out);
}

}  // extern "C"
