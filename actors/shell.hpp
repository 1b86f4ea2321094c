#pragma once

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/mailbox_element.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "actors/interfaces.hpp"
#include "core/priority.hpp"
#include "telemetry/board.hpp"
#include "telemetry/meter.hpp"

// What all actors share: counting from outside, and the one way from a decision to the journal.
namespace horae {

/// Tells the node's own actors from all others that may send a message.
class WithMeter {
 public:
  virtual ~WithMeter() = default;
};

/// Counts a message into a mailbox, on the sender's thread, and keeps it if the actor is watched.
void count_in(ActorMeter& meter, const caf::mailbox_element& element);

/// Stops the process: an exception left the actor of this meter. Comes back for Stopped alone, with
/// what the actor ends with.
[[nodiscard]] caf::error end_at(const ActorMeter& meter, const std::exception_ptr& thrown);

/// An actor base whose mailbox is counted. Base: a typed actor's base class.
template <class Base>
class Metered : public Base, public WithMeter {
 public:
  Metered(caf::actor_config& config, std::shared_ptr<ActorMeter> meter)
      : Base(config), meter_(std::move(meter)) {
    meter_->actor_id.store(this->id(), std::memory_order_relaxed);
    // CAF would end this actor alone, and whoever waits for it would wait on.
    this->set_exception_handler(
        [this](const std::exception_ptr& thrown) { return end_at(*meter_, thrown); });
  }

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    count_in(*meter_, *element);
    Base::enqueue(std::move(element), unit);
  }
  const char* name() const override { return meter_->name.c_str(); }

 protected:
  [[nodiscard]] Handling handling(const char* message) { return Handling(*meter_, message); }
  [[nodiscard]] ActorMeter& meter() { return *meter_; }
  /// For an actor whose work strangers decide, from its first behaviour on: its own thread, where
  /// it has one, gives way to the others, so that what makes blocks and follows L1 never waits for
  /// it.
  void give_way() {
    if (this->getf(caf::abstract_actor::is_detached_flag)) lower_priority();
  }

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

/// The base of an actor whose decisions go to the journal: the only way there. A decision that
/// comes here has been applied to the actor's state already, and nobody learns of it before it is
/// durable.
template <class Base>
class Deciding : public Metered<Base> {
 public:
  Deciding(caf::actor_config& config, std::shared_ptr<ActorMeter> meter, journal_actor journal)
      : Metered<Base>(config, std::move(meter)), journal_(std::move(journal)) {}

 protected:
  /// For a handler to return: the journal answers whoever asked, in this actor's place, once the
  /// decision and everything before it is durable. So this actor keeps no promise.
  caf::delegated<Receipt> answer(Decision decision, Cause cause) {
    count(decision);
    return this->delegate(journal_, Append{std::move(decision), cause});
  }

  /// Calls then(const Receipt&) when the decision and everything before it is durable; one without
  /// facts is a barrier. what: named if the journal is gone, which stops the process.
  template <class Then>
  void append(Decision decision, Cause cause, const char* what, Then then) {
    count(decision);
    this->request(journal_, caf::infinite, Append{std::move(decision), cause})
        .then(
            [this, then = std::move(then)](const Receipt& receipt) {
              const auto counting = this->handling("Receipt");
              then(receipt);
            },
            on_lost(what));
  }

  [[nodiscard]] const journal_actor& journal() const { return journal_; }

 private:
  void count(const Decision& decision) {
    this->meter().facts.fetch_add(decision.facts.size(), std::memory_order_relaxed);
  }

  journal_actor journal_;
};

}  // namespace horae
