#include "node/pool/yield_turn.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "tests/fixture/secret.hpp"
#include "tests/fixture/stage.hpp"

using namespace horae;
using namespace horae::test;

namespace {

const Address yielding_member = address_of_secret(1), next_member = address_of_secret(2);

// Who leads, as the pool has it, and what comes of a word on that.
struct Turns {
  std::optional<Address> leader = yielding_member;  // nobody: the node is in no pool
  std::optional<Address> then;                      // who leads once the turn is given away
  std::optional<Receipt> receipt;                   // nothing: the pool does not order
  int yields = 0;
};

class ToldWorld : public world_actor::base {
 public:
  ToldWorld(caf::actor_config& config, std::shared_ptr<Turns> turns)
      : world_actor::base(config), turns_(std::move(turns)) {}
  behavior_type make_behavior() override {
    return {[this](const Msg<schema::WorldQuery>&) {
      return Msg<schema::WorldAnswer>::build([&](auto answer) {
        auto next = answer.initNextBlock();
        if (turns_->leader) next.setLeader(data(*turns_->leader));
      });
    }};
  }

 private:
  std::shared_ptr<Turns> turns_;
};

class ToldSequence : public yielding_actor::base {
 public:
  ToldSequence(caf::actor_config& config, std::shared_ptr<Turns> turns)
      : yielding_actor::base(config), turns_(std::move(turns)) {}
  void on_exit() override { waiting_.clear(); }
  behavior_type make_behavior() override {
    return {[this](const YieldTurn&) {
      auto promise = make_response_promise<Receipt>();
      ++turns_->yields;
      if (turns_->then) turns_->leader = turns_->then;
      if (turns_->receipt) {
        promise.deliver(*turns_->receipt);
      } else {
        waiting_.push_back(promise);
      }
      return promise;
    }};
  }

 private:
  std::shared_ptr<Turns> turns_;
  std::vector<caf::typed_response_promise<Receipt>> waiting_;
};

struct YieldScene {
  Stage stage;
  std::shared_ptr<Turns> turns = std::make_shared<Turns>();
  world_actor world = caf::actor_cast<world_actor>(stage.system.spawn<ToldWorld>(turns));
  yielding_actor sequence =
      caf::actor_cast<yielding_actor>(stage.system.spawn<ToldSequence>(turns));
  std::vector<WordOutcome> told;

  ~YieldScene() {
    stage.drop(sequence);
    stage.drop(world);
  }
  void yield() {
    yield_turn(stage.system, world, sequence, yielding_member, 3,
               [this](WordOutcome outcome) { told.push_back(std::move(outcome)); });
    stage.scheduler.run();
  }
  // It came to this, in words that have these.
  void comes_to(WordOutcome::State state, const std::string& words) {
    yield();
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told.front().state == state);
    BOOST_TEST(told.front().words.find(words) != std::string::npos, told.front().words);
  }
};

Receipt accepted_at(std::uint64_t seq) {
  return Receipt::build([&](auto receipt) { receipt.setAccepted(seq); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(yielding_a_turn)

BOOST_AUTO_TEST_CASE(the_turn_is_over_and_who_leads_is_told) {
  YieldScene scene;
  scene.turns->receipt = accepted_at(9);
  scene.turns->then = next_member;
  scene.comes_to(WordOutcome::done, "this node's turn is over: " + to_hex(next_member) + " leads");
}

BOOST_AUTO_TEST_CASE(who_does_not_lead_gives_nothing_away) {
  YieldScene scene;
  scene.turns->leader = next_member;
  scene.comes_to(WordOutcome::needless,
                 "this node does not lead: " + to_hex(next_member) + " does");
  BOOST_TEST(scene.turns->yields == 0);
}

BOOST_AUTO_TEST_CASE(before_the_first_turn_there_is_none) {
  YieldScene scene;
  scene.turns->leader = Address{};
  scene.comes_to(WordOutcome::needless, "nobody's turn to make blocks has begun");
}

BOOST_AUTO_TEST_CASE(where_members_take_no_turns_it_is_refused) {
  YieldScene scene;
  scene.turns->receipt = accepted_at(0);
  scene.comes_to(WordOutcome::refused, "members of this pool take no turns");
}

BOOST_AUTO_TEST_CASE(where_nobody_else_could_lead_it_is_refused) {
  YieldScene scene;
  scene.turns->receipt = accepted_at(9);
  scene.comes_to(WordOutcome::refused, "the next one is its own, too");
}

BOOST_AUTO_TEST_CASE(a_turn_that_was_over_before_is_needless_to_give) {
  YieldScene scene;
  scene.turns->receipt = rejected(Reason::NOT_LEADER, "another one leads epoch 4");
  scene.turns->then = next_member;
  scene.comes_to(WordOutcome::needless, to_hex(next_member) + " does");
}

BOOST_AUTO_TEST_CASE(what_the_pool_refuses_is_told_with_its_reason) {
  YieldScene scene;
  scene.turns->receipt = rejected(Reason::NOT_MEMBER, "it has no voice");
  scene.comes_to(WordOutcome::refused, "the pool refused it: notMember: it has no voice");
}

BOOST_AUTO_TEST_CASE(a_pool_that_does_not_order_is_waited_for_so_long) {
  YieldScene scene;
  scene.yield();
  scene.stage.scheduler.advance_time(std::chrono::seconds(14));
  scene.stage.scheduler.run();
  BOOST_TEST(scene.told.empty());
  scene.stage.scheduler.advance_time(std::chrono::seconds(2));
  scene.stage.scheduler.run();
  BOOST_REQUIRE(scene.told.size() == 1u);
  BOOST_TEST(scene.told.front().state == WordOutcome::unsettled);
}

BOOST_AUTO_TEST_CASE(what_is_ended_before_lets_its_asker_go) {
  YieldScene scene;
  auto told = std::make_shared<int>(0);
  auto yielding = yield_turn(scene.stage.system, scene.world, scene.sequence, yielding_member, 3,
                             [told](const WordOutcome&) { ++*told; });
  scene.stage.scheduler.run();
  BOOST_TEST(told.use_count() == 2);
  scene.stage.drop(yielding);
  BOOST_TEST(told.use_count() == 1);
  BOOST_TEST(*told == 0);
}

BOOST_AUTO_TEST_SUITE_END()
