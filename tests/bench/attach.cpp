#include <capnp/rpc-twoparty.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <kj/async-io.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>

#include "node/inspect/server.hpp"
#include "schemas/inspect.capnp.h"
#include "tests/bench/disk.hpp"
#include "tests/bench/journal_load.hpp"

namespace horae::bench {
namespace {

using schema::Inspector;

constexpr unsigned attachments = 100;
constexpr unsigned one_in = 20;  // watches an actor's messages, too
constexpr auto interval = 1 * kj::SECONDS;
constexpr std::array<double, 2> rates{1000, 10'000};

// One attached screen: a snapshot a second, and perhaps the journal's messages.
class Client {
 public:
  Client(kj::Own<kj::AsyncIoStream> stream, kj::Timer& timer, bool watches)
      : stream_(kj::mv(stream)),
        rpc_(*stream_),
        inspector_(rpc_.bootstrap().castAs<Inspector>()),
        timer_(timer),
        watches_(watches) {}

  kj::Promise<void> ask() {
    return inspector_.snapshotRequest().send().then(
        [this](const capnp::Response<Inspector::SnapshotResults>& answer) {
          answers_ += answer.getSnapshot().getActors().size() > 0 ? 1 : 0;
          return watches_ ? ask_messages() : kj::Promise<void>(kj::READY_NOW);
        });
  }
  kj::Promise<void> ask_on(kj::TimePoint at) {
    return timer_.atTime(at).then([this] { return ask(); }).then([this, at] {
      return ask_on(at + interval);
    });
  }
  [[nodiscard]] std::uint64_t answers() const { return answers_; }

 private:
  kj::Promise<void> ask_messages() {
    auto request = inspector_.messagesRequest();
    request.setActor("journal");
    request.setAfter(last_);
    request.setMost(64);
    return request.send().then([this](const capnp::Response<Inspector::MessagesResults>& answer) {
      last_ = answer.getMessages().getLast();
    });
  }

  kj::Own<kj::AsyncIoStream> stream_;
  capnp::TwoPartyClient rpc_;
  Inspector::Client inspector_;
  kj::Timer& timer_;
  bool watches_;
  std::uint64_t last_ = 0;
  std::uint64_t answers_ = 0;
};

// In the child: at a byte attaches, says so, and asks on until the next byte; then tells how many
// snapshots it was answered.
void attach_and_leave(const std::string& socket, int begin, int end) {
  auto io = kj::setupAsyncIo();
  auto control = io.lowLevelProvider->wrapInputFd(begin);
  char byte = 0;
  while (control->tryRead(&byte, 1, 1).wait(io.waitScope) == 1) {
    auto address = io.provider->getNetwork().parseAddress("unix:" + socket).wait(io.waitScope);
    auto& timer = io.provider->getTimer();
    std::vector<std::unique_ptr<Client>> clients;
    for (unsigned i = 0; i < attachments; ++i) {
      clients.push_back(
          std::make_unique<Client>(address->connect().wait(io.waitScope), timer, i % one_in == 0));
      clients.back()->ask().wait(io.waitScope);
    }
    if (::write(end, "r", 1) != 1) return;
    auto asking = kj::heapArrayBuilder<kj::Promise<void>>(attachments);
    for (unsigned i = 0; i < attachments; ++i) {
      asking.add(clients[i]->ask_on(timer.now() + interval * i / attachments));
    }
    auto all = kj::joinPromises(asking.finish());
    auto told = control->tryRead(&byte, 1, 1);
    all.exclusiveJoin(told.ignoreResult()).wait(io.waitScope);
    std::uint64_t answers = 0;
    for (const auto& client : clients) answers += client->answers() - 1;
    if (::write(end, &answers, sizeof(answers)) != sizeof(answers)) return;
  }
}

/// A hundred screens in a process of their own, as people have them. Forked before anything is
/// opened and any thread is there.
class Screens {
 public:
  explicit Screens(const std::filesystem::path& socket) {
    int begin[2];
    int end[2];
    if (::pipe2(begin, O_CLOEXEC) != 0 || ::pipe2(end, O_CLOEXEC) != 0) stop("no pipe");
    child_ = ::fork();
    if (child_ < 0) stop("no child process");
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(begin[1]);
      ::close(end[0]);
      attach_and_leave(socket.string(), begin[0], end[1]);
      ::_exit(0);
    }
    ::close(begin[0]);
    ::close(end[1]);
    begin_ = begin[1];
    end_ = end[0];
  }
  ~Screens() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    ::close(begin_);
    ::close(end_);
  }
  Screens(const Screens&) = delete;
  Screens& operator=(const Screens&) = delete;

  void attach() {
    char ready = 0;
    if (::write(begin_, "a", 1) != 1 || ::read(end_, &ready, 1) != 1) stop("no screens attached");
  }
  /// How many snapshots they were answered meanwhile.
  std::uint64_t leave() {
    std::uint64_t answers = 0;
    if (::write(begin_, "l", 1) != 1 ||
        ::read(end_, &answers, sizeof(answers)) != sizeof(answers)) {
      stop("the screens are gone");
    }
    return answers;
  }

 private:
  pid_t child_ = 0;
  int begin_ = -1;
  int end_ = -1;
};

class WallClock : public horae::Clock {
 public:
  [[nodiscard]] std::uint64_t now_ms() const override { return Board::now_ms(); }
};

// What one side of the comparison saw.
struct Side {
  std::vector<double> milliseconds, p99s, rates;

  void measure(JournalLoad& load, double rate, double seconds) {
    std::vector<double> seen;
    rates.push_back(load.offered(rate, seconds, seen));
    p99s.push_back(latency_of(seen).p99_ms);
    milliseconds.insert(milliseconds.end(), seen.begin(), seen.end());
  }
};

void at_rate(const Options& options, double rate) {
  const RunDirectory run(options.directory);
  // A unix socket's path is short.
  const RunDirectory near(std::filesystem::temp_directory_path());
  const auto socket = near.path() / "inspect.sock";
  Screens screens(socket);
  JournalLoad load(run.path() / "log", JournalOptions{}.batch_facts);
  const auto server =
      InspectServer::start(socket, load.meters(), load.board(), std::make_shared<WallClock>());
  if (!server) stop(server.error().what);

  Side without;
  Side with;
  std::uint64_t answers = 0;
  double attached_seconds = 0;
  for (unsigned rep = 0; rep < options.reps; ++rep) {
    without.measure(load, rate, options.seconds * 4);
    screens.attach();
    const auto start = Clock::now();
    with.measure(load, rate, options.seconds * 4);
    attached_seconds += seconds_since(start);
    answers += screens.leave();
  }
  const auto name = fmt::format(",offered={:.0f}/s", rate);
  print({"attach", "attached=0" + name, median(without.rates), "facts/s", rate, "offered",
         latency_of(without.milliseconds)},
        options);
  print({"attach", fmt::format("attached={}", attachments) + name, median(with.rates), "facts/s",
         rate, "offered", latency_of(with.milliseconds)},
        options);
  print({"attach",
         "snapshots" + name,
         static_cast<double>(answers) / attached_seconds,
         "snapshots/s",
         attachments,
         "asked for",
         {}},
        options);
  // A ratio of two thirds is a p99 that is half as long again.
  print({"attach",
         "p99" + name,
         1000 * median(without.p99s),
         "us alone",
         1000 * median(with.p99s),
         "us with 100 attached",
         {}},
        options);
}

}  // namespace

void attach(const Options& options) {
  for (const auto rate : rates) at_rate(options, rate);
}

}  // namespace horae::bench
