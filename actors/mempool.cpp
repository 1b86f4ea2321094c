#include "actors/mempool.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <deque>

namespace horae {
namespace {

using Chosen = Msg<schema::ChosenTxns>;

Chosen choose(const Mempool& pool, schema::ChooseTxns::Reader question) {
  const auto base_fee = read_u256(question.getBaseFee());
  const auto chosen = select(pool, base_fee, question.getGasLimit(), question.getMaxBytes());
  return Chosen::build([&](schema::ChosenTxns::Builder out) {
    out.setPoolPosition(pool.position);
    out.setIncludedBlock(pool.included_block);
    out.setIncludedEpoch(pool.included_epoch);
    out.setWaiting(pool.by_hash.size());
    out.setStarved(starved(pool, base_fee));
    auto txns = out.initTxns(static_cast<unsigned>(chosen.size()));
    for (unsigned i = 0; i < chosen.size(); ++i) {
      auto txn = txns[i];
      txn.setNonce(chosen[i]->nonce);
      txn.setRaw(data(chosen[i]->raw));
      txn.setHash(data(chosen[i]->hash));
      txn.setSender(data(chosen[i]->sender));
    }
  });
}

class MempoolActor : public Deciding<mempool_actor::base> {
 public:
  MempoolActor(caf::actor_config& config, std::shared_ptr<ActorMeter> counted, Mempool state,
               journal_actor journal)
      : Deciding(config, std::move(counted), std::move(journal)), state_(std::move(state)) {}

  // A promise holds its asker and this actor: kept beyond the end, neither would ever be freed.
  void on_exit() override { choices_.clear(); }

  behavior_type make_behavior() override {
    return {
        [this](const Msg<schema::MempoolCommand>& command, Cause cause) {
          const auto counting = handling("MempoolCommand");
          auto decision = decide(state_, command.read());
          apply_all<schema::MempoolFact>(state_, decision);
          return answer(std::move(decision), cause);
        },
        [this](const Msg<schema::ChooseTxns>& question) {
          const auto counting = handling("ChooseTxns");
          const auto promise = make_response_promise<Chosen>();
          choices_.push_back({promise, choose(state_, question.read())});
          // What it was chosen from may be on its way to the disk: the answer follows it there.
          append({}, 0, "a choice to the journal", [this](const Receipt&) { tell_choice(); });
          return promise;
        },
    };
  }

 private:
  struct Choice {
    caf::typed_response_promise<Chosen> promise;
    Chosen chosen;
  };

  // The journal answers in the order in which it was asked.
  void tell_choice() {
    auto choice = std::move(choices_.front());
    choices_.pop_front();
    choice.promise.deliver(std::move(choice.chosen));
  }

  Mempool state_;
  std::deque<Choice> choices_;  // not answered yet
};

}  // namespace

mempool_actor spawn_mempool(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
                            Mempool state, journal_actor journal) {
  return spawn_as<MempoolActor>(system, Threading::pooled, std::move(meter), std::move(state),
                                std::move(journal));
}

}  // namespace horae
