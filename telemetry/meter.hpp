#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/edge_counts.hpp"
#include "telemetry/histogram.hpp"
#include "telemetry/message_ring.hpp"

namespace horae {

/// What the inspector sees of one actor, counted so that it can be read from any thread: a stuck
/// actor can be seen to be stuck.
struct ActorMeter {
  explicit ActorMeter(std::string actor) : name(std::move(actor)) {}

  const std::string name;
  std::atomic<std::uint64_t> enqueued{0};
  std::atomic<std::uint64_t> handled{0};
  std::atomic<std::uint64_t> facts{0};
  std::atomic<std::uint64_t> busy_ns{0};
  /// Steady-clock ns at which the running handler began; 0 while idle.
  std::atomic<std::uint64_t> since_ns{0};
  std::atomic<const char*> last_message{""};
  /// The actor's id once it is spawned, as its messages' receivers see it; 0 before.
  std::atomic<std::uint64_t> actor_id{0};
  LatencyHistogram latency;  // of handlers, without the wait in the mailbox
  EdgeCounts senders;
  MessageRing ring;

  [[nodiscard]] static std::uint64_t now_ns() {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                          std::chrono::steady_clock::now().time_since_epoch())
                                          .count());
  }
};

/// Stands at the top of every handler: counts it and its time. An actor handles one message at a
/// time, so nobody else writes these counters meanwhile.
class Handling {
 public:
  Handling(ActorMeter& meter, const char* message)
      : meter_(meter), began_(ActorMeter::now_ns()), outer_(std::exchange(here_, &meter)) {
    meter_.last_message.store(message, std::memory_order_relaxed);
    meter_.since_ns.store(began_, std::memory_order_relaxed);
  }
  ~Handling() {
    here_ = outer_;
    const auto took_ns = ActorMeter::now_ns() - began_;
    add_alone(meter_.busy_ns, took_ns);
    meter_.latency.add(took_ns);
    meter_.since_ns.store(0, std::memory_order_relaxed);
    add_alone(meter_.handled, 1);
  }
  Handling(const Handling&) = delete;
  Handling& operator=(const Handling&) = delete;

  /// Whose handler runs on this thread; none between two.
  [[nodiscard]] static const ActorMeter* here() { return here_; }

 private:
  static inline constinit thread_local const ActorMeter* here_ = nullptr;

  ActorMeter& meter_;
  std::uint64_t began_;
  const ActorMeter* outer_;
};

/// All actors' meters, in the order of their spawning.
class Meters {
 public:
  std::shared_ptr<ActorMeter> add(std::string actor) {
    const std::lock_guard lock(mutex_);
    return meters_.emplace_back(std::make_shared<ActorMeter>(std::move(actor)));
  }
  [[nodiscard]] std::vector<std::shared_ptr<ActorMeter>> all() const {
    const std::lock_guard lock(mutex_);
    return meters_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<ActorMeter>> meters_;
};

}  // namespace horae
