#include "actors/mempool.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace horae {
namespace {

class MempoolActor : public Metered<mempool_actor::base> {
 public:
  MempoolActor(caf::actor_config& config, std::shared_ptr<ActorMeter> counted, Mempool state,
               journal_actor journal)
      : Metered(config, std::move(counted)),
        state_(std::move(state)),
        journal_(std::move(journal)) {}

  behavior_type make_behavior() override {
    return {[this](const Msg<schema::MempoolCommand>& command, Cause cause) {
      const auto counting = handling("MempoolCommand");
      auto decision = decide(state_, command.read());
      for (const auto& fact : decision.facts) {
        apply(state_, Msg<schema::MempoolFact>::of(fact.payload).read());
      }
      meter().facts.fetch_add(decision.facts.size(), std::memory_order_relaxed);
      return this->delegate(journal_, Append{std::move(decision), cause});
    }};
  }

 private:
  Mempool state_;
  journal_actor journal_;
};

}  // namespace

mempool_actor spawn_mempool(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
                            Mempool state, journal_actor journal) {
  return spawn_as<MempoolActor>(system, Threading::pooled, std::move(meter), std::move(state),
                                std::move(journal));
}

}  // namespace horae
