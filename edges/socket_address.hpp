#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

namespace horae {

/// The address of a unix socket, for the one that listens and the one that connects. An address
/// holds 107 bytes; a longer path is reached through a descriptor of its directory, which stays
/// open as long as this object.
class SocketAddress {
 public:
  explicit SocketAddress(const std::filesystem::path& socket) {
    address_.sun_family = AF_UNIX;
    std::string name = socket.native();
    if (name.size() >= sizeof(address_.sun_path)) {
      directory_ = ::open(socket.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
      name = "/proc/self/fd/" + std::to_string(directory_) + "/" + socket.filename().native();
    }
    std::strncpy(address_.sun_path, name.c_str(), sizeof(address_.sun_path) - 1);
  }
  SocketAddress(const SocketAddress&) = delete;
  SocketAddress& operator=(const SocketAddress&) = delete;
  ~SocketAddress() {
    if (directory_ >= 0) ::close(directory_);
  }

  // A directory that cannot be opened shows as ENOENT here.
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] static constexpr socklen_t size() { return sizeof(sockaddr_un); }

 private:
  sockaddr_un address_{};
  int directory_ = -1;
};

}  // namespace horae
