#include "actors/sequence.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace horae {
namespace {

class Sequence : public Deciding<sequence_actor::base> {
 public:
  Sequence(caf::actor_config& config, std::shared_ptr<ActorMeter> counted, SharedState state,
           journal_actor journal)
      : Deciding(config, std::move(counted), std::move(journal)), state_(std::move(state)) {}

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
        [this](const Accusation& accusation, Cause cause) {
          return order("Accusation", accusation, cause);
        },
    };
  }

 private:
  // Alone, the sequence orders at once; settle has applied what it decided.
  template <class Command>
  caf::delegated<Receipt> order(const char* name, const Command& command, Cause cause) {
    const auto counting = handling(name);
    return answer(settle(state_, command), cause);
  }

  SharedState state_;
};

}  // namespace

sequence_actor spawn_sequence(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
                              SharedState state, journal_actor journal) {
  return spawn_as<Sequence>(system, Threading::pooled, std::move(meter), std::move(state),
                            std::move(journal));
}

}  // namespace horae
