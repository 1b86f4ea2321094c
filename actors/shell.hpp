#pragma once

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/mailbox_element.hpp>
#include <memory>
#include <utility>

#include "actors/interfaces.hpp"
#include "telemetry/board.hpp"
#include "telemetry/meter.hpp"

// What all actors share: counting from outside, and the one way from a command to the journal.
namespace horae {

/// Tells the node's own actors from all others that may send a message.
class WithMeter {
 public:
  virtual ~WithMeter() = default;
};

/// Counts a message into a mailbox, on the sender's thread, and keeps it if the actor is watched.
void count_in(ActorMeter& meter, const caf::mailbox_element& element);

/// An actor base whose mailbox is counted. Base: a typed actor's base class.
template <class Base>
class Metered : public Base, public WithMeter {
 public:
  Metered(caf::actor_config& config, std::shared_ptr<ActorMeter> meter)
      : Base(config), meter_(std::move(meter)) {
    meter_->actor_id.store(this->id(), std::memory_order_relaxed);
  }

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    count_in(*meter_, *element);
    Base::enqueue(std::move(element), unit);
  }
  const char* name() const override { return meter_->name.c_str(); }

 protected:
  [[nodiscard]] Handling handling(const char* message) { return Handling(*meter_, message); }
  [[nodiscard]] ActorMeter& meter() { return *meter_; }

 private:
  std::shared_ptr<ActorMeter> meter_;
};

/// How an actor runs: with a thread of its own in the node, in the pool (and under the
/// deterministic scheduler) in tests.
enum class Threading : bool { pooled, own };

template <class Actor, class... Args>
auto spawn_as(caf::actor_system& system, Threading threading, Args&&... args) {
  return threading == Threading::own
             ? system.spawn<Actor, caf::detached>(std::forward<Args>(args)...)
             : system.spawn<Actor>(std::forward<Args>(args)...);
}

/// Requests between our own actors fail only when one of them is gone: nothing left to do but stop.
[[noreturn]] inline void lost(const char* what) {
  stop(std::string(what) + ": no answer, since the actor asked is gone");
}
[[nodiscard]] inline auto on_lost(const char* what) {
  return [what](const caf::error&) { lost(what); };
}

}  // namespace horae
