#include "actors/evidence_checker.hpp"

#include <caf/typed_event_based_actor.hpp>

#include "events/penalties/evidence.hpp"

namespace horae {
namespace {

Receipt taken(std::uint64_t seq) {
  return Receipt::build([&](auto receipt) { receipt.setAccepted(seq); });
}

class EvidenceChecker : public Metered<evidence_checker_actor::base> {
 public:
  EvidenceChecker(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
                  std::shared_ptr<Admission> admission, world_actor world, sequence_actor sequence)
      : Metered(config, std::move(counted)),
        admission_(std::move(admission)),
        world_(std::move(world)),
        sequence_(std::move(sequence)) {}

  behavior_type make_behavior() override {
    give_way();
    return {[this](const SubmitEvidence& submitted) {
      const auto counting = handling("SubmitEvidence");
      take(submitted);
    }};
  }

 private:
  struct Asker {
    client_actor client;
    Ticket ticket;
  };

  void take(const SubmitEvidence& submitted) {
    const Asker asker{submitted.client, submitted.ticket};
    if (const auto* closed = admission_->closed.load()) {
      return say(asker, rejected(closed->reason, closed->why));
    }
    const auto evidence = decode_evidence(submitted.file);
    if (!evidence) return say(asker, rejected(Reason::MALFORMED, evidence.error().what));
    const auto claim = claimed(evidence->read());
    if (!claim) return say(asker, rejected(Reason::NOT_PROVEN, claim.error().what));
    const auto question = Msg<schema::WorldQuery>::build([&](auto query) {
      auto fault = query.initFault();
      fault.setKind(claim->kind);
      fault.setBlock(claim->block);
      fault.setSigner(data(claim->signer));
    });
    this->request(world_, caf::infinite, question)
        .then(
            [this, asker, evidence = *evidence,
             signer = claim->signer](const Msg<schema::WorldAnswer>& answer) {
              const auto counting = handling("WorldAnswer");
              const auto standing = answer.read().getFault();
              if (!standing.getKnownSigner()) {
                return say(asker, rejected(Reason::UNKNOWN_SIGNER,
                                           to_hex(signer) +
                                               " is and was no sequencer's key in this pool"));
              }
              if (standing.getProven()) return say(asker, taken(answer.read().getSeq()));
              accuse(asker, evidence);
            },
            on_lost("the evidence checker's question"));
  }

  // What shows no fault goes no further than here.
  void accuse(const Asker& asker, const Msg<schema::Evidence>& evidence) {
    const auto accusation = Accusation::of(evidence);
    if (!accusation) return say(asker, rejected(Reason::NOT_PROVEN, accusation.error().what));
    this->request(sequence_, caf::infinite, *accusation, Cause{0})
        .then(
            [this, asker](const Receipt& receipt) {
              const auto counting = handling("Receipt");
              say(asker, receipt);
            },
            on_lost("an accusation to the sequence"));
  }

  void say(const Asker& asker, const Receipt& receipt) {
    admission_->evidence_in_flight.fetch_sub(1);
    this->send(asker.client, EvidenceAnswer{asker.ticket, receipt});
  }

  std::shared_ptr<Admission> admission_;
  world_actor world_;
  sequence_actor sequence_;
};

}  // namespace

evidence_checker_actor spawn_evidence_checker(caf::actor_system& system, Threading threading,
                                              std::shared_ptr<ActorMeter> meter,
                                              std::shared_ptr<Admission> admission,
                                              world_actor world, sequence_actor sequence) {
  return spawn_as<EvidenceChecker>(system, threading, std::move(meter), std::move(admission),
                                   std::move(world), std::move(sequence));
}

}  // namespace horae
