#include "tools/inspect/attach.hpp"

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "core/files.hpp"
#include "edges/socket_address.hpp"

namespace horae::inspect {
namespace {

tl::unexpected<Failure> refuse(Trouble trouble, std::string what) {
  return tl::unexpected<Failure>(Failure{trouble, std::move(what)});
}

tl::unexpected<Failure> nobody(const std::filesystem::path& socket, const std::string& why) {
  std::error_code ignored;
  const bool is_there = std::filesystem::is_directory(socket.parent_path(), ignored);
  return refuse(
      Trouble::node_silent,
      "no node answers at " + socket.string() + ": " +
          (is_there ? why
                    : "there is no such directory: give the --datadir that the running node was "
                      "started with"));
}

// A connected socket; connect on a unix socket does not wait for the other side.
Asked<int> connect_to(const std::filesystem::path& socket) {
  const SocketAddress address(socket);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return refuse(Trouble::unexpected, errno_words(errno));
  if (::connect(descriptor, address.get(), address.size()) == 0) {
    return descriptor;
  }
  const int error = errno;
  ::close(descriptor);
  switch (error) {
    case EACCES:
    case EPERM:
      return refuse(Trouble::inspect_socket,
                    socket.string() + ": " + errno_words(error) +
                        ". Only the user who runs the node may attach: run this as that user.");
    case ENOENT:
      return nobody(socket, "there is no socket");
    case ECONNREFUSED:
      return nobody(socket, "its node is gone");
    case EAGAIN:
      return nobody(socket, "too many others are waiting there");
    default:
      return nobody(socket, errno_words(error));
  }
}

}  // namespace

struct Attachment::Inside {
  Inside(std::filesystem::path path, int descriptor, unsigned patience_ms)
      : socket(std::move(path)),
        timeout_ms(patience_ms),
        io(kj::setupAsyncIo()),
        stream(io.lowLevelProvider->wrapSocketFd(
            descriptor, kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP |
                            kj::LowLevelAsyncIoProvider::ALREADY_CLOEXEC |
                            kj::LowLevelAsyncIoProvider::ALREADY_NONBLOCK)),
        client(*stream),
        inspector(client.bootstrap().castAs<schema::Inspector>()) {}

  // Waits for an answer that take turns into what is kept.
  template <class Kept, class Promise, class Take>
  Asked<Kept> wait_for(Promise asked, Take take) {
    try {
      std::optional<Kept> kept;
      auto answered = asked.then([&](auto&& answer) { kept.emplace(take(answer)); });
      auto waited = io.provider->getTimer().afterDelay(timeout_ms * kj::MILLISECONDS);
      answered.exclusiveJoin(kj::mv(waited)).wait(io.waitScope);
      if (kept) return std::move(*kept);
      return refuse(Trouble::node_silent, "the node at " + socket.string() +
                                              " did not answer within " +
                                              std::to_string(timeout_ms) +
                                              " ms: see whether its process is stopped or starved");
    } catch (const kj::Exception& failed) {
      if (failed.getType() == kj::Exception::Type::DISCONNECTED) {
        return nobody(socket, "it closed the connection");
      }
      if (failed.getType() == kj::Exception::Type::UNIMPLEMENTED) {
        return refuse(Trouble::unexpected,
                      socket.string() + ": its node is of a version that does not know this");
      }
      return refuse(Trouble::unexpected, socket.string() + ": " + failed.getDescription().cStr());
    }
  }

  std::filesystem::path socket;
  unsigned timeout_ms;
  kj::AsyncIoContext io;
  kj::Own<kj::AsyncIoStream> stream;
  capnp::TwoPartyClient client;
  schema::Inspector::Client inspector;
};

Attachment::Attachment(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Attachment::Attachment(Attachment&&) noexcept = default;
Attachment& Attachment::operator=(Attachment&&) noexcept = default;
Attachment::~Attachment() = default;

Asked<Attachment> Attachment::open(const std::filesystem::path& socket, unsigned timeout_ms) {
  const auto descriptor = connect_to(socket);
  if (!descriptor) return tl::unexpected(descriptor.error());
  try {
    return Attachment(std::make_unique<Inside>(socket, *descriptor, timeout_ms));
  } catch (const kj::Exception& failed) {
    return refuse(Trouble::unexpected, socket.string() + ": " + failed.getDescription().cStr());
  }
}

Asked<Snapshot> Attachment::snapshot() {
  return inside_->wait_for<Snapshot>(
      inside_->inspector.snapshotRequest().send(),
      [](const auto& answer) { return Snapshot(answer.getSnapshot()); });
}

Asked<Messages> Attachment::messages(const std::string& actor, std::uint64_t after,
                                     std::uint32_t most) {
  auto request = inside_->inspector.messagesRequest();
  request.setActor(actor);
  request.setAfter(after);
  request.setMost(most);
  return inside_->wait_for<Messages>(
      request.send(), [](const auto& answer) { return Messages(answer.getMessages()); });
}

Asked<Outcome> Attachment::yield_turn() {
  auto request = inside_->inspector.tellRequest();
  request.initWord().setYieldTurn();
  return inside_->wait_for<Outcome>(
      request.send(), [](const auto& answer) { return Outcome(answer.getOutcome()); });
}

Asked<Outcome> Attachment::revoke_block(std::uint64_t number) {
  auto request = inside_->inspector.tellRequest();
  request.initWord().setRevokeBlock(number);
  return inside_->wait_for<Outcome>(
      request.send(), [](const auto& answer) { return Outcome(answer.getOutcome()); });
}

Asked<Snapshot> take_snapshot(const std::filesystem::path& socket, unsigned timeout_ms) {
  auto attached = Attachment::open(socket, timeout_ms);
  if (!attached) return tl::unexpected(attached.error());
  return attached->snapshot();
}

}  // namespace horae::inspect
