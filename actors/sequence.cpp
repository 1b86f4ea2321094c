#include "actors/sequence.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace horae {
namespace {

class Sequence : public Metered<sequence_actor::base> {
 public:
  Sequence(caf::actor_config& config, std::shared_ptr<ActorMeter> counted, SharedState state,
           journal_actor journal)
      : Metered(config, std::move(counted)),
        state_(std::move(state)),
        journal_(std::move(journal)) {}

  behavior_type make_behavior() override {
    return {
        [this](const Msg<schema::LockingCommand>& command, Cause cause) {
          return order("LockingCommand", command.read(), cause);
        },
        [this](const Msg<schema::BlocksCommand>& command, Cause cause) {
          return order("BlocksCommand", command.read(), cause);
        },
        [this](const Msg<schema::RewardsCommand>& command, Cause cause) {
          return order("RewardsCommand", command.read(), cause);
        },
        [this](const Msg<schema::MpcCommand>& command, Cause cause) {
          return order("MpcCommand", command.read(), cause);
        },
        [this](const Msg<schema::PenaltiesCommand>& command, Cause cause) {
          return order("PenaltiesCommand", command.read(), cause);
        },
    };
  }

 private:
  // Alone, the sequence orders at once; the journal answers in its place, after the commit.
  template <class Command>
  caf::delegated<Receipt> order(const char* name, Command command, Cause cause) {
    const auto counting = handling(name);
    auto decision = settle(state_, command);
    meter().facts.fetch_add(decision.facts.size(), std::memory_order_relaxed);
    return this->delegate(journal_, Append{std::move(decision), cause});
  }

  SharedState state_;
  journal_actor journal_;
};

}  // namespace

sequence_actor spawn_sequence(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
                              SharedState state, journal_actor journal) {
  return spawn_as<Sequence>(system, Threading::pooled, std::move(meter), std::move(state),
                            std::move(journal));
}

}  // namespace horae
