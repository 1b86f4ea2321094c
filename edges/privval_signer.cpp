#include "edges/privval_signer.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "edges/framed_socket.hpp"
#include "edges/privval_answer.hpp"
#include "edges/quiet_thread.hpp"
#include "edges/unix_socket.hpp"

namespace horae {
namespace {

// A vote with an extension, which CometBFT bounds at 1 MiB (MaxVoteExtensionSize).
constexpr std::size_t message_bytes = 2u << 20;
// CometBFT ends when nobody has dialled 3 s after its start.
constexpr std::chrono::milliseconds first_pause{20};
constexpr std::chrono::milliseconds longest_pause{500};

}  // namespace

struct PrivvalSigner::Inside {
  std::filesystem::path path;
  std::shared_ptr<SigningGuard> guard;
  mutable std::mutex mutex;  // guards what follows, but the thread
  std::condition_variable stopped;
  bool stopping = false;
  std::optional<FramedSocket> socket;
  Status status;
  std::thread thread;

  /// False where this ends.
  bool connect() {
    const auto descriptor = dial(path);
    const std::lock_guard lock(mutex);
    if (!descriptor) {
      status.last_trouble = descriptor.error().what;
      return !stopping;
    }
    socket.emplace(*descriptor, message_bytes);
    status.connected = true;
    return !stopping;
  }

  void disconnect(std::string why) {
    const std::lock_guard lock(mutex);
    socket.reset();
    status.connected = false;
    status.last_trouble = std::move(why);
  }

  void note(const PrivvalAnswer& answer) {
    const std::lock_guard lock(mutex);
    if (!answer.refused.empty()) status.last_trouble = answer.refused;
    if (answer.is_vote) ++(answer.refused.empty() ? status.votes_signed : status.votes_refused);
  }

  /// Until the connection ends; returns why. served: at least one request was answered.
  std::string serve(bool& served) try {
    while (true) {
      const auto request = socket->read();
      if (!request) return request.error().what;
      if (!*request) return "CometBFT closed the connection";
      const auto answer = privval_answer(**request, *guard);
      if (!answer) return answer.error().what;
      note(*answer);
      socket->put(answer->bytes);
      if (auto written = socket->flush(); !written) return written.error().what;
      served = true;
    }
  } catch (const std::exception& error) {
    return error.what();
  }

  void run() {
    auto pause = first_pause;
    while (connect()) {
      if (socket) {
        bool served = false;
        const auto why = serve(served);
        disconnect(why);
        if (served) pause = first_pause;
      }
      std::unique_lock lock(mutex);
      if (stopped.wait_for(lock, pause, [this] { return stopping; })) return;
      pause = std::min(2 * pause, longest_pause);
    }
  }
};

PrivvalSigner::PrivvalSigner(std::filesystem::path socket, std::shared_ptr<SigningGuard> guard)
    : inside_(std::make_unique<Inside>()) {
  inside_->path = std::move(socket);
  inside_->guard = std::move(guard);
  inside_->thread = quiet_thread("privval", [inside = inside_.get()] { inside->run(); });
}

PrivvalSigner::~PrivvalSigner() {
  {
    const std::lock_guard lock(inside_->mutex);
    inside_->stopping = true;
    if (inside_->socket) inside_->socket->shut();
  }
  inside_->stopped.notify_all();
  inside_->thread.join();
}

PrivvalSigner::Status PrivvalSigner::status() const {
  const std::lock_guard lock(inside_->mutex);
  return inside_->status;
}

}  // namespace horae
