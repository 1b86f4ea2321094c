#include "edges/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/files.hpp"
#include "edges/socket_address.hpp"

namespace horae {
namespace {

Result<void> clear_the_way(const std::filesystem::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return fail(std::string("cannot look at it: ") + errno_words(errno));
  }
  if (!S_ISSOCK(found.st_mode)) return fail("something that is no socket stands there");
  if (::unlink(path.c_str()) != 0) {
    return fail(std::string("cannot remove the old socket: ") + errno_words(errno));
  }
  return {};
}

Result<void> bind_and_listen(int descriptor, const std::filesystem::path& path) {
  if (auto cleared = clear_the_way(path); !cleared) return cleared;
  const SocketAddress address(path);
  // Before bind, so that there is no moment at which others could connect.
  if (::fchmod(descriptor, 0600) != 0 || ::bind(descriptor, address.get(), address.size()) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(descriptor, SOMAXCONN) != 0) {
    return fail(errno_words(errno));
  }
  return {};
}

}  // namespace

Result<int> listen_at(const std::filesystem::path& path) {
  const auto where = "socket " + path.string();
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return within(where, Fault{errno_words(errno)});
  if (const auto listening = bind_and_listen(descriptor, path); !listening) {
    ::close(descriptor);
    return within(where, listening.error());
  }
  return descriptor;
}

Result<int> dial(const std::filesystem::path& path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const SocketAddress address(path);
  if (descriptor < 0 || ::connect(descriptor, address.get(), address.size()) != 0) {
    const auto why = errno_words(errno);
    if (descriptor >= 0) ::close(descriptor);
    return fail("socket " + path.string() + ": " + why);
  }
  return descriptor;
}

}  // namespace horae
