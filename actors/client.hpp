#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "actors/door.hpp"

namespace horae {

/// The way to the actors for threads that are none: callbacks stay here, and what is sent are
/// messages with a ticket. Every call returns at once, on any thread. Its callback comes once, on
/// the thread of an actor, so it must not wait for anything; when the client's actor has ended, no
/// callback comes any more: those that were left are destroyed.
class Client {
 public:
  /// Transactions go to the doors in turn; those of one lane to one door, in their
  /// order. What is asked is answered from a state that has every transaction whose acceptance was
  /// told before.
  Client(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
         std::shared_ptr<Admission> admission, std::vector<door_actor> doors,
         evidence_checker_actor evidence, world_actor world, archive_actor archive);

  /// lane: 0 for one that has no order with others.
  void submit(Bytes raw, std::uint64_t lane, std::function<void(const SubmitAnswer&)> done);
  /// Busy at once where Admission's evidence_limit is reached.
  void accuse(Bytes file, std::function<void(const Receipt&)> done);
  using Told = std::function<void(const Msg<schema::WorldAnswer>&)>;
  void ask(Msg<schema::WorldQuery> query, Told done);
  void ask(Msg<schema::ArchiveQuery> query, Told done);

  /// To be ended before the actors that it asks.
  [[nodiscard]] client_actor& actor() { return actor_; }

  /// The newest record that somebody was told of.
  [[nodiscard]] std::uint64_t acknowledged() const;

  class Calls;

 private:
  [[nodiscard]] const door_actor& next_door();

  std::shared_ptr<Calls> calls_;
  client_actor actor_;
  std::shared_ptr<Admission> admission_;
  std::vector<door_actor> doors_;
  evidence_checker_actor evidence_;
  std::atomic<std::size_t> turn_{0};
};

}  // namespace horae
