#pragma once

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/forwarder.hpp"
#include "actors/pool_sequence.hpp"
#include "actors/proposer.hpp"
#include "actors/sequence_for_consensus.hpp"
#include "events/turns.hpp"
#include "tests/fixture/house.hpp"
#include "tests/fixture/pool_genesis.hpp"
#include "tests/sim/dice.hpp"
#include "tests/sim/l1_endpoint.hpp"
#include "tests/sim/pool_follower.hpp"
#include "tests/sim/sim_links.hpp"

namespace horae::test {

/// A member's consensus as its node reaches it: checks an input by the sequence and takes it.
struct ConsensusDoor {
  std::function<void(const Bytes&)> take;
  bool open = false;  // it runs, and is connected to others
  pool_sequence_actor sequence;
};

/// In the place of spawn_proposer's actor, whose port would hold the stage up while the sequence
/// checks.
class SimProposer : public proposer_actor::base {
 public:
  SimProposer(caf::actor_config& config, std::shared_ptr<ConsensusDoor> door)
      : proposer_actor::base(config), door_(std::move(door)) {}

  void on_exit() override {
    waiting_.clear();
    door_->sequence = nullptr;
  }

  behavior_type make_behavior() override {
    return {[this](const ProposeInput& wanted) {
      auto promise = make_response_promise<ProposeAnswer>();
      if (!door_->open) {
        promise.deliver(ProposeAnswer{fail("consensus is not there")});
        return promise;
      }
      const auto ticket = ++tickets_;
      waiting_.emplace(ticket, promise);
      request(door_->sequence, caf::infinite, CheckInput{wanted.input})
          .then([this, ticket, input = wanted.input](const TxnOutcome& said) {
            if (said.code == 0) door_->take(input);
            waiting_.extract(ticket).mapped().deliver(ProposeAnswer{said});
          });
      return promise;
    }};
  }

 private:
  std::shared_ptr<ConsensusDoor> door_;
  std::map<std::uint64_t, caf::typed_response_promise<ProposeAnswer>> waiting_;
  std::uint64_t tickets_ = 0;
};

/// A member's node, for one life: over the log that earlier ones left, as start_system() makes it.
/// The sequence begins first; the rest when the node has what the others agreed on.
class MemberNode : public House {
 public:
  struct Options {
    std::uint8_t key = 0;  // the first leads
    Msg<schema::PoolGenesis> genesis;
    L1FollowOptions follow;
    std::uint64_t life = 0;                  // of all nodes in their order
    std::function<void(const Bytes&)> take;  // an input for consensus
  };

  MemberNode(Ground& land, Options options)
      : House(land, {.map_bytes = std::size_t{1} << 28, .key = options.key}, members_beginning),
        options_(std::move(options)) {
    door->take = options_.take;
    proposer_ = stage.system.spawn<SimProposer>(door);
    pool = spawn_pool_sequence(stage.system, meters.add("sequence"), board, given.shared,
                               given.local.progress,
                               {options_.genesis,
                                std::make_shared<const SecretKey>(secret(options_.key)),
                                "id@host:1 host:2",
                                {},
                                0,
                                options_.life},
                               journal, proposer_);
    door->sequence = pool;
    sequence = pool;
  }
  ~MemberNode() {
    follower_.reset();
    links.reset();
    stage.drop(forwarder);
    stage.drop(proposer_);
  }
  MemberNode(const MemberNode&) = delete;
  MemberNode& operator=(const MemberNode&) = delete;

  [[nodiscard]] bool serves() const { return follower_.has_value(); }
  /// Nothing of this member's waits for consensus, and it is as far as the others.
  void serve(L1Port& l1) {
    given = folded(*log);
    furnish();
    links = std::make_shared<SimLinks>();
    const auto& shared = given.shared;
    forwarder = spawn_forwarder(stage.system, Threading::pooled, meters.add("forwarder"), board,
                                {known_key(options_.key).address, shared.pool, leader_of(shared),
                                 led_over(*log).service.waiting(), given.seq},
                                reader(), links, {.sequence = pool, .producer = producer}, journal);
    caf::anon_send(producer, caf::tick_atom::value);
    follower_.emplace(PoolFollower::Around{l1, options_.follow, stage, sequence, world, producer});
  }
  [[nodiscard]] PoolFollower& follower() { return *follower_; }

  /// One message to one of its actors, and sometimes a turn of its follower.
  void step(Dice& dice, std::uint64_t now_ms) {
    if (follower_ && dice.one_in(4)) follower_->go_on(now_ms);
    auto& jobs = stage.scheduler.jobs;
    if (jobs.empty()) return;
    std::rotate(jobs.begin(), jobs.begin() + static_cast<std::ptrdiff_t>(dice.below(jobs.size())),
                jobs.end());
    stage.scheduler.run_once();
  }

  std::shared_ptr<ConsensusDoor> door = std::make_shared<ConsensusDoor>();
  std::shared_ptr<SimLinks> links;  // while it serves
  forwarder_actor forwarder;

 private:
  static WrittenLog members_beginning(const MempoolParameters& parameters) {
    auto first = begun();
    first(parameters_command(parameters));
    return std::move(first.log);
  }
  static Deciders begun() {
    Deciders out;
    out.node(open_log(out.local.node, usual_identity()));
    out.node(start_node(out.local.node, "test"));
    return out;
  }

  Options options_;
  proposer_actor proposer_;
  std::optional<PoolFollower> follower_;
};

}  // namespace horae::test
