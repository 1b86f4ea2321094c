#pragma once

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cstring>
#include <random>

#include "node/inspect/server.hpp"
#include "tests/storage/directory.hpp"
#include "tools/inspect/attach.hpp"
#include "tools/inspect/show.hpp"

namespace horae::test {

struct StillClock : Clock {
  [[nodiscard]] std::uint64_t now_ms() const override { return 1'700'000'000'000; }
};

/// A served directory with meters of our own making.
struct InspectScene {
  explicit InspectScene(InspectLimits limits = {}, ObeyWord obey = nullptr)
      : server(InspectServer::start(socket, meters, board, std::make_shared<StillClock>(), limits,
                                    nullptr, std::move(obey))
                   .value()) {}

  [[nodiscard]] inspect::Snapshot snapshot() const { return *inspect::take_snapshot(socket); }
  [[nodiscard]] boost::json::value json() const {
    const auto taken = snapshot();
    const std::array seen{*taken};
    return boost::json::parse(inspect::as_json(*taken, inspect::lints_of(seen)));
  }

  Directory directory;
  std::filesystem::path socket = directory.path / "inspect.sock";
  std::shared_ptr<Meters> meters = std::make_shared<Meters>();
  std::shared_ptr<Board> board = std::make_shared<Board>();
  std::unique_ptr<InspectServer> server;
};

/// A client that speaks whatever it is told to; a read waits at most ten seconds.
class RudeClient {
 public:
  explicit RudeClient(const std::filesystem::path& socket)
      : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof(address.sun_path) - 1);
    if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      stop("a test's client cannot connect");
    }
    const timeval patience{10, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  RudeClient(RudeClient&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  RudeClient& operator=(RudeClient&&) = delete;
  ~RudeClient() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  void say(const std::string& bytes) {
    // Nothing of it need arrive: the server may hang up at any byte.
    (void)::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void stop_sending() { ::shutdown(descriptor_, SHUT_WR); }
  /// Whether the server hangs up, whatever it says before.
  bool hung_up() {
    char bytes[256];
    for (;;) {
      const auto got = ::recv(descriptor_, bytes, sizeof(bytes), 0);
      if (got > 0) continue;
      return got == 0 || errno == ECONNRESET;
    }
  }
  /// The same, leaving what it says unread.
  bool hung_up_on_without_reading() {
    pollfd watched{descriptor_, 0, 0};
    return ::poll(&watched, 1, 10'000) == 1 && (watched.revents & POLLHUP) != 0;
  }

 private:
  int descriptor_;
};

/// What a client says that asks for that many snapshots, one upon another.
inline std::string questions(int many) {
  auto io = kj::setupAsyncIo();
  auto pipe = kj::newTwoWayPipe();
  capnp::TwoPartyClient client(*pipe.ends[0]);
  auto inspector = client.bootstrap().castAs<schema::Inspector>();
  std::vector<capnp::RemotePromise<schema::Inspector::SnapshotResults>> asked;
  for (int i = 0; i < many; ++i) asked.push_back(inspector.snapshotRequest().send());
  std::string said;
  for (;;) {
    char bytes[1024];
    auto heard = pipe.ends[1]->tryRead(bytes, 1, sizeof(bytes));
    if (!heard.poll(io.waitScope)) return said;
    said.append(bytes, heard.wait(io.waitScope));
  }
}

inline std::string noise(std::mt19937& chance, std::size_t bytes) {
  std::string out(bytes, '\0');
  for (auto& byte : out) byte = static_cast<char>(chance());
  return out;
}

/// A program's end: its exit code and what it printed on both streams.
struct Ended {
  int code;
  std::string printed;
};
inline Ended run(const std::string& command) {
  auto* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::string printed;
  char buffer[4096];
  for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;) {
    printed.append(buffer, got);
  }
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, printed};
}

}  // namespace horae::test
