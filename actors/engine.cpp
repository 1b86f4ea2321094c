#include "actors/engine.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <map>

#include "core/pace.hpp"
#include "duties/engine_catch_up.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

// Sent to itself while logged blocks are executed, so that others are heard in between.
struct NextSlice {};
// Sent to itself when its first question waits.
struct LookUp {};

}  // namespace
}  // namespace horae

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::NextSlice)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::LookUp)

namespace horae {
namespace {

// How often the log is told how far it is.
constexpr auto telling = std::chrono::seconds(10);

using engine_inside = engine_actor::extend<caf::reacts_to<NextSlice>>;

class EngineActor : public Metered<engine_inside::base> {
 public:
  EngineActor(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
              std::shared_ptr<Board> board, std::shared_ptr<EnginePort> engine,
              std::unique_ptr<ChainLog> chain, EngineOptions options)
      : Metered(config, std::move(counted)),
        board_(std::move(board)),
        engine_(std::move(engine)),
        chain_(std::move(chain)),
        options_(std::move(options)) {}

  void on_exit() override { aligning_.clear(); }

  behavior_type make_behavior() override {
    return {
        [this](const BuildBlock& wanted) {
          const auto counting = handling("BuildBlock");
          return BuildAnswer{engine_->build(wanted.parent, wanted.attributes, wanted.txns)};
        },
        [this](const AdoptBlock& wanted) {
          const auto counting = handling("AdoptBlock");
          return AdoptAnswer{adopt(wanted)};
        },
        [this](const AlignEngine& wanted) {
          const auto counting = handling("AlignEngine");
          checks_ = false;
          return align(wanted);
        },
        [this](const CheckEngine&) {
          const auto counting = handling("CheckEngine");
          // Whoever brings it on to another block has it checked, too.
          auto same = wanted_;
          if (aligning_.empty()) {
            same.number = at_;
            checks_ = true;
          }
          return align(same);
        },
        [this](const NextSlice&) {
          const auto counting = handling("NextSlice");
          next_slice();
        },
    };
  }

 private:
  using Steady = std::chrono::steady_clock;
  using AlignPromise = caf::typed_response_promise<AlignAnswer>;

  Result<void> adopt(const AdoptBlock& wanted) {
    const auto& payload = wanted.payload;
    if (auto adopted = engine_->adopt(payload); !adopted) return adopted;
    const auto head = engine_->head();
    if (!head) return tl::unexpected(head.error());
    if (head->hash != payload.block.hash) {
      return fail("block " + std::to_string(payload.block.number) + " " +
                  to_hex(payload.block.hash) + " was to be its head, and block " +
                  std::to_string(head->number) + " " + to_hex(head->hash) + " is");
    }
    tell_head(head->number);
    if (aligning_.empty()) {
      wanted_.seq = wanted.seq;
      wanted_.revoked = wanted.revoked;
    }
    return {};
  }

  void tell_head(std::uint64_t number) {
    at_ = number;
    board_->engine_head.store(number);
  }

  AlignPromise align(const AlignEngine& wanted) {
    auto promise = make_response_promise<AlignAnswer>();
    const bool under_way = !aligning_.empty();
    aligning_.push_back(promise);
    wanted_ = wanted;
    if (!under_way) {
      executed_ = 0;
      began_ = told_ = Steady::now();
      next_slice();
    }
    return promise;
  }

  void next_slice() {
    chain_->end_at(wanted_.number, wanted_.seq, wanted_.revoked);
    const auto until = Steady::now() + options_.slice;
    std::uint64_t last = 0;
    const auto reached = reconcile(*engine_, *chain_, [&](std::uint64_t at, std::uint64_t) {
      last = at;
      return Steady::now() < until && !board_->stopping;
    });
    if (!reached) {
      const auto& fault = reached.error();
      const bool mends_itself =
          fault.block && (!checks_ || board_->may_be_revoked(fault.block->number));
      if (fault.kind == CatchUpFault::differs && !mends_itself) options_.on_difference(fault.what);
      return aligned(fail(fault.what), fault.block);
    }
    executed_ += reached->executed;
    if (!reached->finished) {
      show(last);
      this->send(this, NextSlice{});
      return;
    }
    tell_head(wanted_.number);
    if (executed_ > 0) {
      logger_.info("the engine was behind, and executed logged blocks once more",
                   {{"blocks", executed_}, {"block", wanted_.number}});
    }
    aligned({});
  }

  // Nobody is shown what it does not have yet.
  void show(std::uint64_t last) {
    board_->engine_head.store(last);
    board_->change<Board::CatchUp>([&](Board::CatchUp& seen) {
      if (seen.to == 0) seen = {Board::now_ms(), last - executed_, last, wanted_.number};
      seen.at = last;
      seen.to = wanted_.number;
    });
    const auto now = Steady::now();
    if (now - told_ < telling) return;
    told_ = now;
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_).count();
    logger_.info(progress_words(
        "executing logged blocks on the engine: block", last, wanted_.number,
        pace_of(last - executed_, last, wanted_.number, static_cast<std::uint64_t>(took))));
  }

  void aligned(const Result<void>& outcome,
               const std::optional<DifferingBlock>& differs = std::nullopt) {
    for (auto& promise : aligning_) promise.deliver(AlignAnswer{outcome, differs});
    aligning_.clear();
    board_->change<Board::CatchUp>([](Board::CatchUp& seen) { seen = {}; });
  }

  std::shared_ptr<Board> board_;
  std::shared_ptr<EnginePort> engine_;
  std::unique_ptr<ChainLog> chain_;
  EngineOptions options_;
  std::uint64_t at_ = board_->engine_head.load();  // adopted last
  // Under way: who waits for it, the block that it is to come to, and how far it is.
  std::vector<AlignPromise> aligning_;
  AlignEngine wanted_{at_, options_.seq, options_.revoked};
  std::uint64_t executed_ = 0;
  bool checks_ = false;  // nobody wants it at another block than it was
  Steady::time_point began_, told_;
  Logger logger_{meter().name};
};

constexpr std::size_t most_known = 10'000;

using accounts_inside = accounts_actor::extend<caf::reacts_to<LookUp>>;

class Accounts : public Metered<accounts_inside::base> {
 public:
  Accounts(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
           std::shared_ptr<Board> board, std::shared_ptr<EnginePort> port, engine_actor engine)
      : Metered(config, std::move(counted)),
        board_(std::move(board)),
        engine_(std::move(port)),
        owner_(std::move(engine)) {}

  // A promise holds its asker and this actor: kept beyond the end, neither would ever be freed.
  void on_exit() override { waiting_.clear(); }

  behavior_type make_behavior() override {
    return {
        [this](const AccountOf& asked) {
          const auto counting = handling("AccountOf");
          auto promise = make_response_promise<AccountAnswer>();
          if (waiting_.empty()) this->send(this, LookUp{});
          waiting_.push_back({asked.address, promise});
          return promise;
        },
        [this](const LookUp&) {
          const auto counting = handling("LookUp");
          look_up();
        },
    };
  }

 private:
  struct Waiting {
    Address address;
    caf::typed_response_promise<AccountAnswer> promise;
  };

  // One that was restarted has nothing, and nobody else asks it while no block is made.
  void have_it_checked() {
    if (std::exchange(being_checked_, true)) return;
    this->request(owner_, caf::infinite, CheckEngine{})
        .then(
            [this](const AlignAnswer&) {
              const auto counting = handling("Checked");
              being_checked_ = false;
            },
            on_lost("a check of the engine"));
  }

  void look_up() {
    // What is known holds until the next block is there.
    const auto head = board_->served_head();
    const auto revocations = board_->revocations.load();
    if (head != block_ || revocations != revocations_) {
      known_.clear();
      block_ = head;
      revocations_ = revocations;
    }
    std::vector<Address> unknown;
    for (const auto& waiting : waiting_) {
      if (known_.try_emplace(waiting.address).second) unknown.push_back(waiting.address);
    }
    Fault trouble;
    bool failed = false;
    if (!unknown.empty()) {
      auto found = engine_->accounts(unknown, head);
      if (found && found->size() != unknown.size()) {
        found = fail("the engine answered for " + std::to_string(found->size()) + " of " +
                     std::to_string(unknown.size()) + " accounts");
      }
      if (found) {
        if (trouble_.ends()) logger_.info("the engine answers again");
        for (std::size_t i = 0; i < unknown.size(); ++i) known_[unknown[i]] = (*found)[i];
      } else {
        failed = true;
        trouble = found.error();
        if (!board_->stopping && trouble_.begins("unreachable")) {
          logger_.warn("the engine does not answer", {{"why", trouble.what}});
        }
        have_it_checked();
      }
    }
    for (auto& waiting : waiting_) {
      if (failed) {
        waiting.promise.deliver(AccountAnswer{tl::unexpected(trouble), head});
      } else {
        waiting.promise.deliver(AccountAnswer{known_.at(waiting.address), head});
      }
    }
    waiting_.clear();
    // An idle chain seals nothing, and made-up senders cost a stranger nothing.
    if (failed || known_.size() > most_known) known_.clear();
  }

  std::shared_ptr<Board> board_;
  std::shared_ptr<EnginePort> engine_;
  engine_actor owner_;
  bool being_checked_ = false;
  std::uint64_t block_ = 0, revocations_ = 0;
  Logger logger_{meter().name};
  Episode trouble_;
  std::map<Address, EngineAccount> known_;
  std::vector<Waiting> waiting_;
};

}  // namespace

engine_actor spawn_engine(caf::actor_system& system, Threading threading,
                          std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                          std::shared_ptr<EnginePort> engine, std::unique_ptr<ChainLog> chain,
                          EngineOptions options) {
  return spawn_as<EngineActor>(system, threading, std::move(meter), std::move(board),
                               std::move(engine), std::move(chain), std::move(options));
}

accounts_actor spawn_accounts(caf::actor_system& system, Threading threading,
                              std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                              std::shared_ptr<EnginePort> port, engine_actor engine) {
  return spawn_as<Accounts>(system, threading, std::move(meter), std::move(board), std::move(port),
                            std::move(engine));
}

}  // namespace horae
