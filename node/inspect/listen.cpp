#include "node/inspect/listen.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace horae {
namespace {

Result<void> clear_the_way(const std::filesystem::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return fail(std::string("cannot look at it: ") + std::strerror(errno));
  }
  if (!S_ISSOCK(found.st_mode)) return fail("something that is no socket stands there");
  if (::unlink(path.c_str()) != 0) {
    return fail(std::string("cannot remove the old socket: ") + std::strerror(errno));
  }
  return {};
}

Result<void> bind_and_listen(int descriptor, const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto& name = path.native();
  if (name.size() >= sizeof(address.sun_path)) {
    return fail("a socket's path has at most " + std::to_string(sizeof(address.sun_path) - 1) +
                " bytes and this has " + std::to_string(name.size()) +
                "; choose a shorter data directory");
  }
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  if (auto cleared = clear_the_way(path); !cleared) return cleared;
  // Before bind, so that there is no moment at which others could connect.
  if (::fchmod(descriptor, 0600) != 0 ||
      ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(descriptor, SOMAXCONN) != 0) {
    return fail(std::strerror(errno));
  }
  return {};
}

}  // namespace

Result<int> listen_at(const std::filesystem::path& path) {
  const auto where = "inspector's socket " + path.string();
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return within(where, Fault{std::strerror(errno)});
  if (const auto listening = bind_and_listen(descriptor, path); !listening) {
    ::close(descriptor);
    return within(where, listening.error());
  }
  return descriptor;
}

}  // namespace horae
