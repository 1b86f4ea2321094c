#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "telemetry/meter.hpp"

namespace horae {

/// One actor as it looks from outside at one moment.
struct ActorReading {
  std::string name;
  bool busy = false;
  std::uint64_t busy_for_ms = 0;  // by the handler that runs now
  std::uint64_t mailbox_depth = 0;
  std::uint64_t messages = 0;
  std::uint64_t facts = 0;
  double rate = 0;                   // messages a second over the window
  std::uint16_t busy_per_mille = 0;  // of the window
  std::uint32_t window_ms = 0;
  std::string last_message;
  std::uint64_t p50_ns = 0;  // of handlers that ended in the window
  std::uint64_t p99_ns = 0;
  std::uint64_t p50_since_start_ns = 0;
  std::uint64_t p99_since_start_ns = 0;
};

/// Who sends to whom; names as schemas/inspect.capnp has them.
struct EdgeReading {
  std::string from;
  std::string to;
  std::uint64_t messages = 0;
  double rate = 0;  // messages a second over the window
};

/// Remembers the counters of the last seconds, so that rates can be told at any moment. Knows no
/// clock: every call brings ActorMeter::now_ns() with it. One thread uses it; it never waits for an
/// actor.
class Sampler {
 public:
  /// Samples kept an actor: with one a second, the window is the last ten seconds.
  static constexpr std::size_t kept = 10;

  explicit Sampler(std::shared_ptr<const Meters> meters) : meters_(std::move(meters)) {}

  /// Takes a sample of every actor.
  void sample(std::uint64_t now_ns);
  /// Every actor now, its rates from its oldest kept sample on.
  [[nodiscard]] std::vector<ActorReading> read(std::uint64_t now_ns) const;
  /// Every edge over which a message went, by receiver.
  [[nodiscard]] std::vector<EdgeReading> edges(std::uint64_t now_ns) const;
  /// The actor with that id, as edges name senders.
  [[nodiscard]] std::string sender(std::uint64_t actor_id) const;

 private:
  struct Sample {
    std::uint64_t at_ns;
    std::uint64_t handled;
    std::uint64_t busy_ns;
    LatencyHistogram::Counts latency;
    std::vector<EdgeCounts::Edge> edges;  // strangers at their places below
  };
  // No actor has these ids: CAF counts up from 1.
  static constexpr std::uint64_t outside = 0;
  static constexpr std::uint64_t others = ~std::uint64_t{0};
  [[nodiscard]] static Sample take(const ActorMeter& meter, std::uint64_t now_ns);
  [[nodiscard]] const Sample* oldest(std::size_t actor) const;

  std::shared_ptr<const Meters> meters_;
  std::vector<std::deque<Sample>> samples_;  // by the actor's place in meters_, which only grows
};

}  // namespace horae
