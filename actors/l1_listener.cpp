#include "actors/l1_listener.hpp"

#include <capnp/dynamic.h>
#include <caf/blocking_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "duties/l1_follow.hpp"
#include "duties/l1_memo.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

constexpr std::uint64_t progress_every_ns = 10'000'000'000;

const char* word(const FollowStep& step, bool synced) {
  switch (step.kind) {
    case FollowStep::more:
      return synced ? "following" : "backfilling";
    case FollowStep::wait:
      return "following";
    case FollowStep::no_contracts:
      return "waiting for the contracts";
    case FollowStep::rate_limited:
      return "rate limited";
    case FollowStep::unreachable:
      return "unreachable";
    case FollowStep::refused:
      return "refused";
    case FollowStep::wrong_chain:
    case FollowStep::below_finalized:
      return "alarm";
    case FollowStep::stopped:
      return "stopped";
  }
  stop("a step of an unknown kind");
}

// All of the listener's calls block, so it is a blocking actor: on a thread of its own.
class Listener : public caf::blocking_actor, public WithMeter, private LockingSequence {
 public:
  Listener(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
           std::shared_ptr<Board> board, std::shared_ptr<L1Port> l1, const ListenOptions& options,
           Locking state, sequence_actor sequence, L1Told told)
      : blocking_actor(config),
        meter_(std::move(counted)),
        board_(std::move(board)),
        l1_(std::move(l1)),
        state_(std::move(state)),
        sequence_(std::move(sequence)),
        told_(std::move(told)),
        follow_(*l1_, *this,
                {options.chain_id,
                 {options.locking_pool, options.locking_info},
                 options.from_block,
                 options.confirmations}) {
    meter_->actor_id.store(this->id(), std::memory_order_relaxed);
  }

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    count_in(*meter_, *element);
    blocking_actor::enqueue(std::move(element), unit);
  }
  const char* name() const override { return meter_->name.c_str(); }

  void act() override {
    bool ended = false;
    while (!ended) {
      const auto step = take_step();
      if (step.is_final()) break;
      if (step.kind == FollowStep::more) continue;
      this->receive([&](const caf::exit_msg&) { ended = true; },
                    caf::after(std::chrono::milliseconds(step.wait_ms)) >> [] {});
    }
  }

 private:
  FollowStep take_step() {
    const Handling counting(*meter_, "step");
    // A step is no message: only what it submits and gets back is.
    meter_->enqueued.fetch_add(1, std::memory_order_relaxed);
    auto step = follow_.step();
    board_->change<Board::L1>([&](Board::L1& seen) {
      seen.state = word(step, follow_.synced());
      seen.reason = step.why;
      seen.next = follow_.next_block();
      if (!seen.first && follow_.confirmed()) seen.first = seen.next;
      seen.foreign_logs = follow_.foreign_logs();
      count(seen, step.kind);
      if (const auto& head = follow_.confirmed()) {
        seen.head = head->number;
        seen.head_hash = head->hash;
        seen.head_timestamp = head->timestamp;
      }
      if (state_.confirmed_head) seen.confirmed = state_.confirmed_head->number;
      if (state_.finalized) seen.finalized = state_.finalized->number;
    });
    tell(step);
    if (follow_.at_head() && uncompared_) compare();
    if (step.is_final() && step.kind != FollowStep::stopped && told_) {
      told_({follow_.confirmed() ? follow_.confirmed()->number : 0, {}, {}, step.why});
    }
    return step;
  }

  // Trouble is told once and its end once, however often it is tried meanwhile.
  void tell(const FollowStep& step) {
    switch (step.kind) {
      case FollowStep::more:
        if (!follow_.synced()) tell_backfilling();
        return;
      case FollowStep::wait:
        if (trouble_.ends()) logger_.info("L1 is followed again");
        if (!std::exchange(told_at_head_, true)) {
          logger_.info("L1 is followed at its head", {{"block", follow_.confirmed()->number}});
        }
        return;
      case FollowStep::no_contracts:
      case FollowStep::rate_limited:
      case FollowStep::unreachable:
      case FollowStep::refused:
        if (const auto* what = word(step, false); trouble_.begins(what)) {
          logger_.warn(std::string("L1: ") + what, {{"why", step.why}});
        }
        return;
      case FollowStep::wrong_chain:
      case FollowStep::below_finalized:
      case FollowStep::stopped:
        return;  // whoever is told of it speaks
    }
  }

  void tell_backfilling() {
    const auto now = ActorMeter::now_ns();
    if (now < next_progress_ns_) return;
    next_progress_ns_ = now + progress_every_ns;
    logger_.info("L1's earlier blocks are read",
                 {{"next", follow_.next_block()},
                  {"head", follow_.confirmed() ? follow_.confirmed()->number : 0}});
  }

  static void count(Board::L1& seen, FollowStep::Kind kind) {
    ++seen.steps;
    if (kind == FollowStep::unreachable) ++seen.unreachable;
    if (kind == FollowStep::rate_limited) ++seen.rate_limited;
    if (kind == FollowStep::refused) ++seen.refused;
  }

  // At the head, after anything new was folded: what do the contracts themselves say?
  void compare() {
    const auto& head = *follow_.confirmed();
    auto differences = compare_views(views_, state_, head);
    const bool interrupted = !differences && differences.error().kind == L1Fault::rate_limited;
    if (!interrupted) views_.forget();
    if (!differences && differences.error().kind != L1Fault::refused) return;  // again next time
    uncompared_ = false;
    if (!told_) return;
    if (differences) {
      told_({head.number, std::move(*differences), {}, {}});
    } else {
      told_({head.number, {}, differences.error().what, {}});
    }
  }

  Result<Receipt> submit(Msg<schema::LockingCommand> command) override {
    Result<Receipt> out = fail("the sequence is gone");
    this->request(sequence_, caf::infinite, command, Cause{0})
        .receive([&](const Receipt& receipt) { out = receipt; }, [](const caf::error&) {});
    meter_->handled.fetch_add(1, std::memory_order_relaxed);
    if (out && out->read().isAccepted()) {
      // Nobody else tells the sequence of L1, so the same rule on the same state gives its facts.
      const auto decision = decide(state_, command.read());
      if (command.read().isRevert()) {
        board_->change<Board::L1>([](Board::L1& seen) { ++seen.reverts; });
      }
      for (const auto& fact : decision.facts) {
        const auto happened = Msg<schema::LockingFact>::of(fact.payload);
        apply(state_, happened.read());
        tell(happened.read());
        meter_->facts.fetch_add(1, std::memory_order_relaxed);
        uncompared_ = true;
      }
    }
    return out;
  }
  const Locking& view() const override { return state_; }

  void tell(schema::LockingFact::Reader fact) {
    const auto level = fact.isL1Advanced() ? Level::debug : Level::info;
    if (!logger_.heard(level)) return;
    const auto kind = capnp::DynamicStruct::Reader(fact).which();
    logger_.say(level, "the locking pool has an event",
                {{"event", std::string(KJ_ASSERT_NONNULL(kind).getProto().getName().cStr())},
                 {"head", follow_.confirmed() ? follow_.confirmed()->number : 0}});
  }

  std::shared_ptr<ActorMeter> meter_;
  std::shared_ptr<Board> board_;
  std::shared_ptr<L1Port> l1_;
  Locking state_;
  sequence_actor sequence_;
  L1Told told_;
  L1Follow follow_;
  L1Memo views_{*l1_};
  Logger logger_{meter_->name};
  Episode trouble_;
  bool told_at_head_ = false;
  std::uint64_t next_progress_ns_ = 0;
  bool uncompared_ = true;
};

}  // namespace

L1Listener::L1Listener(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
                       std::shared_ptr<Board> board, std::shared_ptr<L1Port> l1,
                       ListenOptions options, Locking state, sequence_actor sequence, L1Told told)
    : system_(system),
      l1_(l1),
      actor_(caf::actor_cast<caf::actor>(
          system.spawn<Listener>(std::move(meter), std::move(board), std::move(l1), options,
                                 std::move(state), std::move(sequence), std::move(told)))) {}

L1Listener::~L1Listener() {
  l1_->cancel();
  caf::scoped_actor self(system_);
  self->send_exit(actor_, caf::exit_reason::user_shutdown);
  self->wait_for(actor_);
}

}  // namespace horae
