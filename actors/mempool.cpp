#include "actors/mempool.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace horae {
namespace {

class MempoolActor : public Deciding<mempool_actor::base> {
 public:
  MempoolActor(caf::actor_config& config, std::shared_ptr<ActorMeter> counted, Mempool state,
               journal_actor journal)
      : Deciding(config, std::move(counted), std::move(journal)), state_(std::move(state)) {}

  behavior_type make_behavior() override {
    return {[this](const Msg<schema::MempoolCommand>& command, Cause cause) {
      const auto counting = handling("MempoolCommand");
      auto decision = decide(state_, command.read());
      apply_all<schema::MempoolFact>(state_, decision);
      return answer(std::move(decision), cause);
    }};
  }

 private:
  Mempool state_;
};

}  // namespace

mempool_actor spawn_mempool(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
                            Mempool state, journal_actor journal) {
  return spawn_as<MempoolActor>(system, Threading::pooled, std::move(meter), std::move(state),
                                std::move(journal));
}

}  // namespace horae
