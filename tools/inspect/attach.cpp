#include "tools/inspect/attach.hpp"

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "tools/inspect/socket_address.hpp"

namespace horae::inspect {
namespace {

tl::unexpected<Refusal> refuse(Exit code, std::string what) {
  return tl::unexpected<Refusal>(Refusal{code, std::move(what)});
}

tl::unexpected<Refusal> nobody(const std::filesystem::path& socket, const std::string& why) {
  const auto directory = socket.parent_path().string();
  std::error_code ignored;
  const bool is_there = std::filesystem::is_directory(socket.parent_path(), ignored);
  return refuse(
      Exit::unreachable,
      "no node answers at " + socket.string() + ": " + why + "\n" +
          (is_there ? "Start the node that has this data directory, for example with `horae "
                      "dev --datadir " +
                          directory + "`, and try again."
                    : "There is no directory " + directory +
                          ": give the --datadir that the running node was started with."));
}

// A connected socket; connect on a unix socket does not wait for the other side.
tl::expected<int, Refusal> connect_to(const std::filesystem::path& socket) {
  const SocketAddress address(socket);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return refuse(Exit::unexpected, std::strerror(errno));
  if (::connect(descriptor, address.get(), address.size()) == 0) {
    return descriptor;
  }
  const int error = errno;
  ::close(descriptor);
  switch (error) {
    case EACCES:
    case EPERM:
      return refuse(Exit::directory, socket.string() + ": " + std::strerror(error) +
                                         "\nOnly the user who runs the node may attach: run "
                                         "this as that user.");
    case ENOENT:
      return nobody(socket, "there is no socket");
    case ECONNREFUSED:
      return nobody(socket, "its node is gone");
    case EAGAIN:
      return nobody(socket, "too many others are waiting there");
    default:
      return nobody(socket, std::strerror(error));
  }
}

}  // namespace

tl::expected<Snapshot, Refusal> take_snapshot(const std::filesystem::path& socket,
                                              unsigned timeout_ms) {
  const auto descriptor = connect_to(socket);
  if (!descriptor) return tl::unexpected(descriptor.error());
  try {
    auto io = kj::setupAsyncIo();
    auto stream = io.lowLevelProvider->wrapSocketFd(
        *descriptor, kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP |
                         kj::LowLevelAsyncIoProvider::ALREADY_CLOEXEC |
                         kj::LowLevelAsyncIoProvider::ALREADY_NONBLOCK);
    capnp::TwoPartyClient client(*stream);
    std::optional<Snapshot> taken;
    auto asked = client.bootstrap().castAs<schema::Inspector>().snapshotRequest().send().then(
        [&taken](const capnp::Response<schema::Inspector::SnapshotResults>& answer) {
          taken.emplace(answer.getSnapshot());
        });
    auto waited = io.provider->getTimer().afterDelay(timeout_ms * kj::MILLISECONDS);
    asked.exclusiveJoin(kj::mv(waited)).wait(io.waitScope);
    if (taken) return std::move(*taken);
    return refuse(Exit::unreachable, "the node at " + socket.string() + " did not answer within " +
                                         std::to_string(timeout_ms) +
                                         " ms\nSee whether its process is stopped or starved.");
  } catch (const kj::Exception& failed) {
    if (failed.getType() == kj::Exception::Type::DISCONNECTED) {
      return nobody(socket, "it closed the connection");
    }
    return refuse(Exit::unexpected, socket.string() + ": " + failed.getDescription().cStr());
  }
}

}  // namespace horae::inspect
