#include "actors/submitter.hpp"

#include <capnp/dynamic.h>

#include <algorithm>
#include <caf/typed_event_based_actor.hpp>

#include "core/crash_points.hpp"
#include "duties/submission_steps.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

using Command = Msg<schema::SubmissionsCommand>;

constexpr std::uint64_t longest_pause_ms = 60'000;

std::string stall_name(StallReason reason) {
  const auto known = capnp::Schema::from<schema::StallReason>().getEnumerants();
  return known[static_cast<unsigned>(reason)].getProto().getName().cStr();
}

class Submitter : public Deciding<submitter_actor::base> {
 public:
  Submitter(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
            std::shared_ptr<Board> board, std::shared_ptr<const Clock> clock,
            const SubmitterOptions& options, Submissions state, round_manager_actor rounds,
            journal_actor journal, std::shared_ptr<L1SendPort> l1)
      : Deciding(config, std::move(counted), std::move(journal)),
        board_(std::move(board)),
        clock_(std::move(clock)),
        options_(options),
        state_(std::move(state)),
        rounds_(std::move(rounds)),
        l1_(std::move(l1)),
        steps_(*l1_) {}

  behavior_type make_behavior() override {
    return {
        [this](const Msg<schema::PlanSubmission>& plan, Cause cause) {
          const auto counting = handling("PlanSubmission");
          auto decision =
              decide_and_apply(Command::build([&](auto command) { command.setPlan(plan.read()); }));
          planned_ = planned_ || !decision.facts.empty();
          return answer(std::move(decision), cause);
        },
        [this](caf::tick_atom) {
          const auto counting = handling("tick");
          steps_.tick();
          // What is planned is decided before it is durable: nothing is done for it until it is.
          if (planned_) return step_when_durable({});
          step();
        },
    };
  }

 private:
  Decision decide_and_apply(const Command& command) {
    auto decision = decide(state_, command.read());
    apply_all<schema::SubmissionsFact>(state_, decision);
    for (const auto& fact : decision.facts) {
      untold_.push_back(Msg<schema::SubmissionsFact>::of(fact.payload));
    }
    return decision;
  }

  // The next step comes when the decision and everything before it is durable.
  void step_when_durable(Decision decision, CrashPoint then = CrashPoint::none) {
    planned_ = false;
    append(std::move(decision), 0, "a submission's record",
           [this, then, happened = std::exchange(untold_, {})](const Receipt&) {
             for (const auto& fact : happened) tell(fact.read());
             crash_here(then);
             step();
           });
  }

  void step() {
    auto next = steps_.step(state_, clock_->now_ms());
    switch (next.kind) {
      case SubmitStep::wait:
        failures_ = 0;
        if (unreachable_.ends()) logger_.info("L1 answers again");
        show_waiting(next.why);
        return tick_after(options_.poll_ms);
      case SubmitStep::fault:
        if (!board_->stopping && unreachable_.begins("unreachable")) {
          logger_.warn("L1 does not answer", {{"why", next.why}});
        }
        show("unreachable", next.why);
        return tick_after(pause_ms(next.retry_after_ms));
      case SubmitStep::note:
        return note(next.command);
      case SubmitStep::sign:
        return have_signed(next.terms);
    }
    stop("a step of an unknown kind");
  }

  void note(const Command& command) {
    if (command.read().isSend()) crash_here(CrashPoint::submission_sent);
    auto decision = decide_and_apply(command);
    if (!decision.ok()) stop("the submitter's own step was refused: " + decision.detail);
    step_when_durable(std::move(decision));
  }

  void tell(schema::SubmissionsFact::Reader fact) {
    if (fact.isStalled()) {
      const auto stalled = fact.getStalled();
      return logger_.warn("a submission is stalled", {{"id", stalled.getId()},
                                                      {"reason", stall_name(stalled.getReason())},
                                                      {"detail", stalled.getDetail().cStr()}});
    }
    const capnp::DynamicStruct::Reader happened(fact);
    const auto step = KJ_ASSERT_NONNULL(happened.which());
    const auto what = happened.get(step).as<capnp::DynamicStruct>();
    const auto id = what.getSchema().findFieldByName("id");
    logger_.say(fact.isReverted() ? Level::warn : Level::info, "a submission goes on",
                {{"id", id == nullptr ? 0 : what.get("id").as<std::uint64_t>()},
                 {"step", std::string(step.getProto().getName().cStr())}});
  }

  void have_signed(const AttemptTerms& terms) {
    const auto& submission = *current(state_);
    show("sending", "submission " + std::to_string(submission.id) + " is being signed");
    const auto round = Msg<schema::OpenRound>::build([&](auto open) {
      write(open.initSlot(), submission.slot);
      open.setContent(submission.content.read());
      write(open.initAttempt(), terms);
      open.setDeadlineMs(clock_->now_ms() + options_.round_timeout_ms);
    });
    this->request(rounds_, caf::infinite, round)
        .then(
            [this, round, id = submission.id](const SignAnswer& answer) {
              const auto counting = handling("Signature");
              if (!answer.signature) return not_signed(id, answer.signature.error().what);
              keep(id, round.read(), *answer.signature);
            },
            on_lost("a signing round"));
  }

  // The bytes are durable before anybody sees them.
  void keep(std::uint64_t id, schema::OpenRound::Reader round, const Signature& signature) {
    auto txn = to_txn(options_.l1_chain_id, round.getContent(), round.getAttempt());
    txn.r = *u256_from_bytes(signature.view().first(32));
    txn.s = *u256_from_bytes(signature.view().subspan(32, 32));
    txn.y_parity = signature.bytes[64];
    const auto raw = encode_signed(txn);
    const auto* submission = current(state_);
    if (submission == nullptr || submission->id != id) return step();
    auto decision = decide_and_apply(Command::build([&](auto command) {
      auto sign = command.initSign();
      sign.setId(id);
      sign.setNumber(static_cast<std::uint32_t>(submission->attempts.size() + 1));
      sign.setTimeMs(clock_->now_ms());
      sign.setAttempt(round.getAttempt());
      sign.setRaw(data(raw));
      sign.setHash(data(keccak256(raw)));
    }));
    if (!decision.ok())
      return not_signed(id, "the round's outcome was refused: " + decision.detail);
    step_when_durable(std::move(decision), CrashPoint::submission_signed);
  }

  void not_signed(std::uint64_t id, const std::string& why) {
    const auto stalled = steps_.not_signed(state_, id, why);
    if (stalled.kind == SubmitStep::note) return note(stalled.command);
    step();
  }

  void show(const std::string& state, const std::string& reason) {
    board_->change<Board::Sending>([&](Board::Sending& seen) {
      seen.state = state;
      seen.reason = reason;
    });
  }
  void show_waiting(const std::string& why) {
    const auto* submission = current(state_);
    if (submission == nullptr) return show("idle", "nothing is planned");
    // A stall was noted by the step before, with its words.
    const bool stalled = submission->stalled != StallReason::NONE;
    show(stalled ? "stalled" : "waiting", "submission " + std::to_string(submission->id) +
                                              (why.empty() ? std::string() : ": " + why));
  }

  std::uint64_t pause_ms(std::optional<std::uint64_t> told_ms) {
    const auto doubled = options_.poll_ms << std::min<std::uint64_t>(failures_++, 10);
    const auto most = std::max(longest_pause_ms, options_.poll_ms);
    return std::min(std::max(doubled, told_ms.value_or(0)), most);
  }
  void tick_after(std::uint64_t ms) {
    this->delayed_send(this, std::chrono::milliseconds(ms), caf::tick_atom::value);
  }

  std::shared_ptr<Board> board_;
  std::shared_ptr<const Clock> clock_;
  SubmitterOptions options_;
  Submissions state_;
  round_manager_actor rounds_;
  std::shared_ptr<L1SendPort> l1_;
  SubmitSteps steps_;
  Logger logger_{meter().name};
  Episode unreachable_;
  std::vector<Msg<schema::SubmissionsFact>> untold_;  // what may not be durable yet
  bool planned_ = false;                              // something that may not be durable yet
  std::uint64_t failures_ = 0;                        // of the endpoint, one after the other
};

}  // namespace

submitter_actor spawn_submitter(caf::actor_system& system, Threading threading,
                                std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                                std::shared_ptr<const Clock> clock, SubmitterOptions options,
                                Submissions state, round_manager_actor rounds,
                                journal_actor journal, std::shared_ptr<L1SendPort> l1) {
  return spawn_as<Submitter>(system, threading, std::move(meter), std::move(board),
                             std::move(clock), options, std::move(state), std::move(rounds),
                             std::move(journal), std::move(l1));
}

}  // namespace horae
