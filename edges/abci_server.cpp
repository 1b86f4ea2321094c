#include "edges/abci_server.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <thread>

#include "edges/abci_answer.hpp"
#include "edges/framed_socket.hpp"
#include "edges/quiet_thread.hpp"
#include "edges/unix_socket.hpp"

namespace horae {
namespace {

// Answers are written when CometBFT asks for them by a Flush, or when so much of them waits.
constexpr std::size_t answers_at_once = 1u << 20;

Result<AbciAnswer> answer_or_fault(std::string_view request, ConsensusApp& app) {
  try {
    return abci_answer(request, app);
  } catch (const std::exception& error) {
    return fail(std::string("the application threw: ") + error.what());
  }
}

}  // namespace

struct AbciServer::Inside {
  struct Served {
    Served(int descriptor, std::size_t max_bytes) : socket(descriptor, max_bytes) {}
    FramedSocket socket;
    std::atomic<bool> open{true};
    std::atomic<bool> done{false};  // and the owner was told
    std::thread thread;
  };

  std::filesystem::path path;
  std::shared_ptr<ConsensusApp> app;
  std::shared_ptr<const Clock> clock;
  OnEnded on_ended;
  AbciLimits limits;
  int listening = -1;
  int stop_event = -1;
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> last_call_ms{0};
  mutable std::mutex mutex;  // guards served
  std::list<Served> served;
  std::thread accepting;

  /// Why there is nothing more to be served.
  std::string serve(FramedSocket& socket) try {
    while (true) {
      const auto request = socket.read();
      if (!request) return request.error().what;
      if (!*request) return "CometBFT closed it";
      last_call_ms = clock->now_ms();
      const auto answer = answer_or_fault(**request, *app);
      if (!answer) {
        socket.put(abci_exception(answer.error().what));
        // The fault is what there is to be told, whether or not CometBFT still hears it.
        static_cast<void>(socket.flush());
        return answer.error().what;
      }
      socket.put(answer->bytes);
      if (!answer->is_flush && socket.waiting() < answers_at_once) continue;
      if (auto written = socket.flush(); !written) return written.error().what;
    }
  } catch (const std::exception& error) {
    return error.what();
  }

  void accept_one() {
    const int descriptor = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) {
      // Whoever dialled is gone again, or no descriptor is left: then it still waits.
      pollfd stop{stop_event, POLLIN, 0};
      ::poll(&stop, 1, 100);
      return;
    }
    const std::lock_guard lock(mutex);
    reap();
    if (served.size() >= limits.connections) {
      ::close(descriptor);
      return;
    }
    auto& fresh = served.emplace_back(descriptor, limits.message_bytes);
    fresh.thread = quiet_thread("abci", [this, &fresh] {
      const auto why = serve(fresh.socket);
      fresh.socket.shut();
      fresh.open = false;
      if (!stopping && on_ended) on_ended("ABCI connection: " + why);
      fresh.done = true;
    });
  }

  /// Forgets connections that have ended.
  void reap() {
    served.remove_if([](Served& each) {
      if (!each.done) return false;
      each.thread.join();
      return true;
    });
  }

  void accept_until_stopped() {
    std::array<pollfd, 2> waits{{{listening, POLLIN, 0}, {stop_event, POLLIN, 0}}};
    while (!stopping) {
      if (::poll(waits.data(), waits.size(), -1) > 0 && waits[0].revents != 0) accept_one();
    }
  }

  ~Inside() {
    stopping = true;
    if (stop_event >= 0) ::eventfd_write(stop_event, 1);
    if (accepting.joinable()) accepting.join();
    for (auto& each : served) {
      each.socket.shut();
      each.thread.join();
    }
    if (listening >= 0) {
      ::unlink(path.c_str());
      ::close(listening);
    }
    if (stop_event >= 0) ::close(stop_event);
  }
};

AbciServer::AbciServer(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
AbciServer::~AbciServer() = default;

Result<std::unique_ptr<AbciServer>> AbciServer::start(std::filesystem::path socket,
                                                      std::shared_ptr<ConsensusApp> app,
                                                      std::shared_ptr<const Clock> clock,
                                                      OnEnded on_ended, AbciLimits limits) {
  auto inside = std::make_unique<Inside>();
  const auto listening = listen_at(socket);
  if (!listening) return within("ABCI", listening.error());
  inside->listening = *listening;
  inside->path = std::move(socket);
  inside->app = std::move(app);
  inside->clock = std::move(clock);
  inside->on_ended = std::move(on_ended);
  inside->limits = limits;
  inside->stop_event = ::eventfd(0, EFD_CLOEXEC);
  if (inside->stop_event < 0) return fail("ABCI: no descriptor is left to stop it by");
  inside->accepting =
      quiet_thread("abci-accept", [server = inside.get()] { server->accept_until_stopped(); });
  return std::unique_ptr<AbciServer>(new AbciServer(std::move(inside)));
}

std::size_t AbciServer::connections() const {
  const std::lock_guard lock(inside_->mutex);
  return static_cast<std::size_t>(
      std::ranges::count_if(inside_->served, [](const auto& each) { return each.open.load(); }));
}

std::uint64_t AbciServer::last_call_ms() const { return inside_->last_call_ms; }

}  // namespace horae
