#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "duties/l1_follow.hpp"
#include "edges/l1_rpc.hpp"
#include "events/json.hpp"
#include "tests/fixture/child_process.hpp"

// The sequence that a follower of L1 speaks to.
namespace horae::test {

/// Decides and applies at once, as the sequence does, and keeps the facts. Answers through the
/// messages in which the world answers.
class DirectSequence : public LockingSequence {
 public:
  Locking state;
  std::vector<Fact> life;
  std::vector<Reason> refusals;
  std::size_t progress_asked = 0, pools_asked = 0;

  Result<Msg<schema::Receipt>> submit(Msg<schema::LockingCommand> command) override {
    const auto parsed = Msg<schema::LockingCommand>::parse(command.bytes());
    if (!parsed) return fail("a command that does not parse: " + parsed.error().what);
    auto decision = decide(state, **parsed);
    if (!decision.ok()) {
      refusals.push_back(decision.refused);
      return rejected(decision.refused, decision.detail);
    }
    for (auto& fact : decision.facts) {
      const auto payload = Msg<schema::LockingFact>::parse(fact.payload.bytes());
      if (!payload) return fail("a fact that does not parse: " + payload.error().what);
      apply(state, **payload);
      life.push_back(std::move(fact));
    }
    return Msg<schema::Receipt>::build([&](auto receipt) { receipt.setAccepted(life.size()); });
  }
  Result<std::optional<L1Progress>> progress() override {
    ++progress_asked;
    if (!state.is_open()) return std::nullopt;
    const auto told = Msg<schema::L1Progress>::build([&](auto progress) { fill(progress, state); });
    return to_progress(*told);
  }
  Result<OpenPool> pool() override {
    ++pools_asked;
    return to_open_pool(*Msg<schema::OpenPool>::build([&](auto pool) { fill(pool, state); }));
  }

  [[nodiscard]] std::size_t count(schema::LockingFact::Which kind) const {
    return static_cast<std::size_t>(std::ranges::count(life, static_cast<std::uint16_t>(kind),
                                                       [](const Fact& fact) { return fact.kind; }));
  }
};

/// Steps on until the follower is at the head, doing its waits; the last step.
inline FollowStep follow_to_head(L1Follow& follow) {
  for (int steps = 0; steps < 100'000; ++steps) {
    const auto step = follow.step();
    if (step.is_final()) return step;
    switch (step.kind) {
      case FollowStep::more:
        break;
      case FollowStep::wait:
        return step;
      case FollowStep::rate_limited:
        // What the endpoint itself asks for.
        std::this_thread::sleep_for(std::chrono::milliseconds(step.wait_ms));
        break;
      default:
        return step;
    }
  }
  BOOST_FAIL("never at the head");
  return {};
}

}  // namespace horae::test
