#pragma once

#include <caf/send.hpp>

#include "actors/interfaces.hpp"
#include "duties/l1_follow.hpp"
#include "tests/fixture/stage.hpp"
#include "tests/sim/by_turns.hpp"

namespace horae::test {

/// A member's listener on the stage: the same steps as the L1Listener's (actors/l1_listener.cpp),
/// whose thread the stage cannot order.
class PoolFollower : private LockingSequence {
 public:
  struct Around {
    L1Port& l1;
    L1FollowOptions options;
    Stage& stage;
    sequence_actor sequence;
    world_actor world;
    block_producer_actor producer;
  };
  explicit PoolFollower(Around around)
      : around_(std::move(around)), follow_(around_.l1, *this, around_.options) {}
  ~PoolFollower() override {
    ending_ = true;
    while (!turns_.is_over()) turns_.go_on();
  }
  PoolFollower(const PoolFollower&) = delete;
  PoolFollower& operator=(const PoolFollower&) = delete;

  /// By one turn, if what it waits for is there.
  void go_on(std::uint64_t now_ms) {
    now_ms_ = now_ms;
    if (turns_.is_over() || (awaited_ && !awaited_())) return;
    turns_.go_on();
  }
  /// Why it follows no more; nothing while it does.
  [[nodiscard]] const std::optional<std::string>& alarm() const { return alarm_; }
  /// How it is, in words.
  [[nodiscard]] std::string words() const {
    return "at " + std::to_string(follow_.next_block()) + ", " + words_;
  }
  [[nodiscard]] const std::vector<Difference>& differences() const { return follow_.differences(); }

 private:
  void follow() {
    while (!ending_) {
      const auto step = follow_.step();
      if (ending_) return;
      words_ = step.why;
      if (step.is_final()) {
        alarm_ = step.why;
        return;
      }
      tell_producer(step);
      const auto until = now_ms_ + (step.kind == FollowStep::more ? 0 : step.wait_ms);
      await([&] { return now_ms_ >= until; });
    }
  }
  // At least one turn.
  void await(std::function<bool()> come) {
    awaited_ = std::move(come);
    do turns_.pause();
    while (!ending_ && !awaited_());
    awaited_ = nullptr;
  }
  template <class Answer, class Actor, class... Question>
  Result<Answer> ask(const Actor& actor, const Question&... question) {
    const auto asked = around_.stage.ask<Answer>(actor, question...);
    await([&] { return asked->answer || asked->lost; });
    if (!asked->answer) return fail("nobody answers");
    return *asked->answer;
  }
  void tell_producer(const FollowStep& step) {
    const bool good = step.kind == FollowStep::more || step.kind == FollowStep::wait;
    if (!(good || step.kind == FollowStep::doubtful)) return;
    const bool unread = good && !follow_.synced() && follow_.confirmed();
    auto why = unread ? "its blocks are not read yet" : good ? "" : step.why;
    if (why.empty() == doubt_.empty()) return;
    doubt_ = why;
    caf::anon_send(around_.producer, L1Doubt{std::move(why)});
  }

  Result<Msg<schema::Receipt>> submit(Msg<schema::LockingCommand> command) override {
    const auto receipt = ask<Receipt>(around_.sequence, command, Cause{known_seq_});
    if (receipt && receipt->read().isAccepted()) {
      accepted_seq_ = known_seq_ = receipt->read().getAccepted();
    }
    return receipt;
  }
  Result<std::optional<L1Progress>> progress() override {
    const auto answer = ask_world([](auto query) { query.setL1Progress(); });
    if (!answer) return tl::unexpected(answer.error());
    known_seq_ = answer->read().getSeq();
    if (!answer->read().isL1Progress()) return std::nullopt;
    return to_progress(answer->read().getL1Progress());
  }
  Result<OpenPool> pool() override {
    const auto answer = ask_world([](auto query) { query.setOpenPool(); });
    if (!answer) return tl::unexpected(answer.error());
    return to_open_pool(answer->read().getOpenPool());
  }
  template <class Fill>
  Result<Msg<schema::WorldAnswer>> ask_world(Fill fill) {
    return ask<Msg<schema::WorldAnswer>>(around_.world,
                                         Msg<schema::WorldQuery>::build([&](auto query) {
                                           query.setAtLeast(accepted_seq_);
                                           fill(query);
                                         }));
  }

  Around around_;
  std::uint64_t accepted_seq_ = 0, known_seq_ = 0;  // as the listener's
  std::uint64_t now_ms_ = 0;
  bool ending_ = false;
  std::function<bool()> awaited_;
  std::string words_;
  std::optional<std::string> alarm_;
  std::string doubt_;  // as the producer was told last
  L1Follow follow_;
  ByTurns turns_{[this] { follow(); }};
};

}  // namespace horae::test
