#include "actors/proposer.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace horae {
namespace {

class Proposer : public Metered<proposer_actor::base> {
 public:
  Proposer(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
           std::shared_ptr<ProposePort> port)
      : Metered(config, std::move(counted)), port_(std::move(port)) {}

  behavior_type make_behavior() override {
    return {[this](const ProposeInput& input) {
      const auto counting = handling("ProposeInput");
      return ProposeAnswer{port_->propose(input.input)};
    }};
  }

 private:
  std::shared_ptr<ProposePort> port_;
};

}  // namespace

proposer_actor spawn_proposer(caf::actor_system& system, Threading threading,
                              std::shared_ptr<ActorMeter> meter,
                              std::shared_ptr<ProposePort> port) {
  return spawn_as<Proposer>(system, threading, std::move(meter), std::move(port));
}

}  // namespace horae
