#include "actors/reward_accountant.hpp"

#include <caf/typed_event_based_actor.hpp>

#include "core/crash_points.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

class RewardAccountant : public Metered<reward_accountant_actor::base> {
 public:
  RewardAccountant(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
                   std::shared_ptr<Board> board, AccountantOptions options, world_actor world,
                   sequence_actor sequence, submitter_actor submitter)
      : Metered(config, std::move(counted)),
        board_(std::move(board)),
        options_(std::move(options)),
        world_(std::move(world)),
        sequence_(std::move(sequence)),
        submitter_(std::move(submitter)) {}

  behavior_type make_behavior() override {
    return {[this](caf::tick_atom) {
      const auto counting = handling("tick");
      look();
    }};
  }

 private:
  void look() {
    ask([&](auto query) { query.setRewardDuty(data(options_.key)); },
        [this](const Msg<schema::WorldAnswer>& answer) { take_up(answer); });
  }

  void take_up(const Msg<schema::WorldAnswer>& answer) {
    const auto duty = answer.read().getDuty();
    switch (duty.which()) {
      case schema::RewardDuty::NONE:
        stop("the world told no duty");
      case schema::RewardDuty::WAIT:
        return wait("waiting", duty.getWait().cStr());
      case schema::RewardDuty::CLOSE:
        return order("closing",
                     rewards_command([&](auto command) { command.setClose(duty.getClose()); }),
                     CrashPoint::period_closed);
      case schema::RewardDuty::REOPEN:
        return order("reopening",
                     rewards_command([&](auto command) { command.setReopen(duty.getReopen()); }),
                     CrashPoint::period_reopened);
      case schema::RewardDuty::SUCCEED:
        return order("succeeding", options_.succession, CrashPoint::none);
      case schema::RewardDuty::SUBMIT:
        return submit({MpcPurpose::REWARD_SUBMIT, options_.key,
                       read_u256(duty.getSubmit().getBatchId()),
                       duty.getSubmit().getComposition()});
    }
    stop("a duty written by a newer version");
  }

  template <class Fill>
  static Msg<schema::RewardsCommand> rewards_command(Fill fill) {
    return Msg<schema::RewardsCommand>::build(fill);
  }

  template <class Command>
  void order(const char* what, const Command& command, CrashPoint after) {
    show(what, "");
    logger_.info(std::string("the reward accountant is ") + what);
    this->request(sequence_, caf::infinite, command, Cause{0})
        .then([this, after](const Receipt& receipt) { done(receipt, after); },
              on_lost("a command to the sequence"));
  }

  // The content is the log's own: what a signer will compose for itself.
  void submit(const SlotName& slot) {
    ask([&](auto query) { write(query.initContent(), slot); },
        [this, slot](const Msg<schema::WorldAnswer>& answer) {
          if (!answer.read().isContent()) return again();  // paid or reopened meanwhile
          show("submitting", to_text(slot));
          logger_.info("submitting a reward batch", {{"slot", to_text(slot)}});
          const auto plan = Msg<schema::PlanSubmission>::build([&](auto out) {
            write(out.initSlot(), slot);
            out.setContent(answer.read().getContent());
          });
          this->request(submitter_, caf::infinite, plan, Cause{0})
              .then(
                  [this](const Receipt& receipt) { done(receipt, CrashPoint::submission_planned); },
                  on_lost("a plan to the submitter"));
        });
  }

  void done(const Receipt& receipt, CrashPoint point) {
    const auto counting = handling("Receipt");
    if (receipt.read().isRejected()) {
      return wait("waiting", receipt.read().getRejected().getDetail().cStr());
    }
    crash_here(point);
    seen_ = receipt.read().getAccepted();
    again();
  }

  template <class Fill, class Then>
  void ask(Fill fill, Then then) {
    const auto question = Msg<schema::WorldQuery>::build([&](auto query) {
      query.setAtLeast(seen_);
      fill(query);
    });
    this->request(world_, caf::infinite, question)
        .then(
            [this, then](const Msg<schema::WorldAnswer>& answer) {
              const auto counting = handling("WorldAnswer");
              then(answer);
            },
            on_lost("the accountant's question"));
  }

  void wait(const std::string& state, const std::string& reason) {
    show(state, reason);
    again();
  }

  void again() {
    this->delayed_send(this, std::chrono::milliseconds(options_.poll_ms), caf::tick_atom::value);
  }

  void show(const std::string& state, const std::string& reason) {
    board_->change<Board::Rewards>([&](Board::Rewards& seen) {
      seen.state = state;
      seen.reason = reason;
    });
  }

  std::shared_ptr<Board> board_;
  AccountantOptions options_;
  world_actor world_;
  sequence_actor sequence_;
  submitter_actor submitter_;
  Logger logger_{meter().name};
  std::uint64_t seen_ = 0;  // what the world must have folded before it is asked
};

}  // namespace

reward_accountant_actor spawn_reward_accountant(caf::actor_system& system,
                                                std::shared_ptr<ActorMeter> meter,
                                                std::shared_ptr<Board> board,
                                                AccountantOptions options, world_actor world,
                                                sequence_actor sequence,
                                                submitter_actor submitter) {
  return spawn_as<RewardAccountant>(system, Threading::pooled, std::move(meter), std::move(board),
                                    std::move(options), std::move(world), std::move(sequence),
                                    std::move(submitter));
}

}  // namespace horae
