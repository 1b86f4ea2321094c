#include "actors/l1_listener.hpp"

#include <capnp/dynamic.h>
#include <caf/blocking_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>

#include "duties/l1_follow.hpp"
#include "events/locking/words.hpp"
#include "events/record.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

constexpr std::uint64_t progress_every_ns = 10'000'000'000;
// Steps in a row, each of about a second.
constexpr unsigned disagreed_told = 20;

const char* word(const FollowStep& step, const L1Follow& follow) {
  const bool differs = !follow.differences().empty();
  switch (step.kind) {
    case FollowStep::more:
      return differs ? "differs" : follow.synced() ? "following" : "backfilling";
    case FollowStep::wait:
      return differs ? "differs" : "following";
    case FollowStep::no_contracts:
      return "waiting for the contracts";
    case FollowStep::rate_limited:
      return "rate limited";
    case FollowStep::unreachable:
      return "unreachable";
    case FollowStep::doubtful:
      return "doubtful";
    case FollowStep::disagreed:
      return "waiting for the pool";
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

L1FollowOptions follow_options(const ListenOptions& options) {
  L1FollowOptions out;
  out.chain_id = options.chain_id;
  out.contracts = {options.locking_pool, options.locking_info};
  out.from_block = options.from_block;
  out.confirmations = options.confirmations;
  out.pool_step = options.pool_step;
  return out;
}

// All of the listener's calls block, so it is a blocking actor: on a thread of its own.
class Listener : public caf::blocking_actor, public WithMeter, private LockingSequence {
 public:
  Listener(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
           std::shared_ptr<Board> board, std::shared_ptr<L1Port> l1, const ListenOptions& options,
           sequence_actor sequence, world_actor world, block_producer_actor producer,
           std::unique_ptr<LogReader> log, L1Told told)
      : blocking_actor(config),
        meter_(std::move(counted)),
        board_(std::move(board)),
        l1_(std::move(l1)),
        sequence_(std::move(sequence)),
        world_(std::move(world)),
        producer_(std::move(producer)),
        log_(std::move(log)),
        told_(std::move(told)),
        in_pool_(options.pool_step > 0),
        follow_(*l1_, *this, follow_options(options)) {
    meter_->actor_id.store(this->id(), std::memory_order_relaxed);
    const auto end = log_->last_seq();
    if (!end) stop("the L1 listener cannot read the log: " + end.error().what);
    told_seq_ = *end;
  }

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    count_in(*meter_, *element);
    blocking_actor::enqueue(std::move(element), unit);
  }
  const char* name() const override { return meter_->name.c_str(); }

  void act() override {
    // What the log knows of L1 is shown even while L1 is silent.
    if (const auto known = progress(); known && *known) {
      board_->change<Board::L1>(
          [&](Board::L1& seen) { show(seen, (*known)->confirmed, (*known)->finalized); });
    }
    bool ended = false;
    while (!ended) {
      const auto step = take_step();
      if (step.is_final()) break;
      if (step.kind == FollowStep::more) continue;
      ended = !wait(step.wait_ms);
    }
  }

 private:
  // False where this actor is to end. By a message to itself, whose delay is measured from the boot
  // on: a timeout of receive() is a time of the wall clock, which whoever sets the clock back makes
  // a wait of days.
  bool wait(std::uint64_t ms) {
    bool goes_on = true;
    this->delayed_send(this, std::chrono::milliseconds(ms), caf::tick_atom::value);
    this->receive([&](const caf::exit_msg&) { goes_on = false; }, [](caf::tick_atom) {});
    return goes_on;
  }

  FollowStep take_step() {
    const Handling counting(*meter_, "step");
    // A step is no message: only what it submits and gets back is.
    meter_->enqueued.fetch_add(1, std::memory_order_relaxed);
    auto step = follow_.step();
    board_->change<Board::L1>([&](Board::L1& seen) {
      seen.state = word(step, follow_);
      seen.reason = seen.state == "differs" ? differs_words() : step.why;
      seen.differences = follow_.differences().size();
      seen.next = follow_.next_block();
      if (!seen.first && follow_.confirmed()) seen.first = seen.next;
      seen.foreign_logs = follow_.foreign_logs();
      count(seen, step.kind);
      if (const auto& head = follow_.confirmed()) {
        seen.head = head->number;
        seen.head_hash = head->hash;
        seen.head_timestamp = head->timestamp;
      }
      show(seen, follow_.told_confirmed(), follow_.told_finalized());
    });
    tell(step);
    tell_producer(step);
    tell_differences();
    if (step.compared && told_) told_({*step.compared, {}});
    if (step.is_final() && step.kind != FollowStep::stopped && told_) told_({{}, step.why});
    return step;
  }

  static void show(Board::L1& seen, const std::optional<L1Point>& confirmed,
                   const std::optional<L1Point>& finalized) {
    if (confirmed) seen.confirmed = confirmed->number;
    if (finalized) seen.finalized = finalized->number;
  }

  // Trouble is told once and its end once, however often it is tried meanwhile.
  void tell(const FollowStep& step) {
    if (step.kind != FollowStep::disagreed) disagreed_ = 0;
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
      case FollowStep::disagreed:
        // Being a moment slower or faster than the others is no trouble.
        if (++disagreed_ < disagreed_told) return;
        [[fallthrough]];
      case FollowStep::no_contracts:
      case FollowStep::rate_limited:
      case FollowStep::unreachable:
      case FollowStep::doubtful:
      case FollowStep::refused:
        if (const auto* what = word(step, follow_); trouble_.begins(what)) {
          logger_.warn(std::string("L1: ") + what, {{"why", step.why}});
        }
        return;
      case FollowStep::wrong_chain:
      case FollowStep::below_finalized:
      case FollowStep::stopped:
        return;  // whoever is told of it speaks
    }
  }

  // It seals nothing until a later step goes well. Of a step that says nothing of L1's blocks,
  // since the endpoint is away, the doubt stays what it was.
  void tell_producer(const FollowStep& step) {
    const bool good = step.kind == FollowStep::more || step.kind == FollowStep::wait;
    if (!producer_ || !(good || step.kind == FollowStep::doubtful)) return;
    auto why = good ? doubt() : step.why;
    if (why.empty() == doubt_.empty()) return;
    doubt_ = why;
    this->send(producer_, L1Doubt{std::move(why)});
  }

  // Why what is known of who may make blocks may be wrong.
  [[nodiscard]] std::string doubt() const {
    const auto& differences = follow_.differences();
    if (std::ranges::any_of(differences, &Difference::standing) ||
        (!differences.empty() && !follow_.was_reread())) {
      return differs_words();
    }
    if (follow_.synced() || !follow_.confirmed()) return {};
    return "its blocks up to " + std::to_string(follow_.confirmed()->number) + " are not read yet";
  }

  [[nodiscard]] std::string differs_words() const {
    const auto& differences = follow_.differences();
    if (differences.empty()) return {};
    return words_of(differences) + (follow_.was_reread() ? "; reading L1's logs again did not help"
                                                         : "; L1's logs are read again");
  }

  void tell_differences() {
    const auto& differences = follow_.differences();
    if (differences.empty()) {
      if (std::exchange(told_differences_, 0) != 0) {
        logger_.info("the contracts and the log agree again");
      }
      return;
    }
    // Once when they are found, and once when reading again did not help.
    const auto now = follow_.was_reread() ? 2 : 1;
    if (std::exchange(told_differences_, now) == now) return;
    board_->change<Board::L1>([&](Board::L1& seen) { seen.rereads += now == 1 ? 1 : 0; });
    logger_.warn("the contracts and the log differ", {{"why", differs_words()}});
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
    if (kind == FollowStep::doubtful) ++seen.doubtful;
    if (kind == FollowStep::refused) ++seen.refused;
  }

  Result<Receipt> submit(Msg<schema::LockingCommand> command) override {
    Result<Receipt> out = fail("the sequence is gone");
    // In a pool the others may have agreed on something since this was read.
    const auto after = in_pool_ ? known_seq_ : Cause{0};
    this->request(sequence_, caf::infinite, command, after)
        .receive([&](const Receipt& receipt) { out = receipt; }, [](const caf::error&) {});
    meter_->handled.fetch_add(1, std::memory_order_relaxed);
    if (!out || out->read().isRejected()) return out;
    if (command.read().isRevert()) {
      board_->change<Board::L1>([](Board::L1& seen) { ++seen.reverts; });
    }
    accepted_seq_ = known_seq_ = out->read().getAccepted();
    tell_decision();
    return out;
  }

  Result<std::optional<L1Progress>> progress() override {
    const auto answer = ask([](auto query) { query.setL1Progress(); });
    if (!answer) return tl::unexpected(answer.error());
    known_seq_ = answer->read().getSeq();
    if (!answer->read().isL1Progress()) return std::nullopt;
    return to_progress(answer->read().getL1Progress());
  }

  Result<OpenPool> pool() override {
    const auto answer = ask([](auto query) { query.setOpenPool(); });
    if (!answer) return tl::unexpected(answer.error());
    if (!answer->read().isOpenPool()) return fail("the locking pool is not open");
    return to_open_pool(answer->read().getOpenPool());
  }

  // Waits until the world has folded everything that was submitted.
  template <class Fill>
  Result<Msg<schema::WorldAnswer>> ask(Fill fill) {
    const auto query = Msg<schema::WorldQuery>::build([&](auto builder) {
      builder.setAtLeast(accepted_seq_);
      fill(builder);
    });
    Result<Msg<schema::WorldAnswer>> out = fail("the world is gone");
    this->request(world_, caf::infinite, query)
        .receive([&](const Msg<schema::WorldAnswer>& answer) { out = answer; },
                 [](const caf::error&) {});
    meter_->handled.fetch_add(1, std::memory_order_relaxed);
    return out;
  }

  // Tells of the facts of the decision that ends at accepted_seq_. A command that led to no facts
  // is accepted at the last record before it, which may be anybody's, or be told already.
  void tell_decision() {
    std::vector<LogValue> decision;  // the newest first
    for (auto seq = accepted_seq_; seq > told_seq_; --seq) {
      auto stored = log_->get(seq);
      if (!stored || !*stored) stop("the L1 listener finds no record " + std::to_string(seq));
      if (!decision.empty() && !record_in(**stored).header.more) break;
      decision.push_back(std::move(**stored));
    }
    told_seq_ = accepted_seq_;
    for (auto each = decision.rbegin(); each != decision.rend(); ++each) {
      const auto record = record_in(*each);
      if (record.header.domain != Domain::LOCKING) continue;
      tell(Msg<schema::LockingFact>::read(record.payload));
      meter_->facts.fetch_add(1, std::memory_order_relaxed);
    }
  }

  static RecordView record_in(const LogValue& stored) {
    auto record = decode_record(stored.value);
    if (!record) stop("record " + std::to_string(stored.seq) + ": " + record.error().what);
    return *record;
  }

  void tell(schema::LockingFact::Reader fact) {
    const auto level = fact.isL1Advanced() ? Level::debug : Level::info;
    if (!logger_.heard(level)) return;
    const auto kind = capnp::DynamicStruct::Reader(fact).which();
    logger_.say(level, "the locking pool has an event",
                {{"event", std::string(KJ_ASSERT_NONNULL(kind).getProto().getName().cStr())},
                 {"what", words_of(fact)},
                 {"head", follow_.confirmed() ? follow_.confirmed()->number : 0}});
  }

  std::shared_ptr<ActorMeter> meter_;
  std::shared_ptr<Board> board_;
  std::shared_ptr<L1Port> l1_;
  sequence_actor sequence_;
  world_actor world_;
  block_producer_actor producer_;
  std::unique_ptr<LogReader> log_;
  std::uint64_t accepted_seq_ = 0;  // of the last command that was accepted
  std::uint64_t known_seq_ = 0;     // up to it the follower knows what is committed of L1
  std::uint64_t told_seq_ = 0;      // everything up to it was told of, or was there at the start
  L1Told told_;
  bool in_pool_;
  L1Follow follow_;
  Logger logger_{meter_->name};
  Episode trouble_;
  bool told_at_head_ = false;
  unsigned disagreed_ = 0;  // steps in a row
  std::uint64_t next_progress_ns_ = 0;
  std::string doubt_;         // as the producer was told last
  int told_differences_ = 0;  // 1: that there are some, 2: that reading again did not help
};

}  // namespace

L1Listener::L1Listener(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
                       std::shared_ptr<Board> board, std::shared_ptr<L1Port> l1,
                       ListenOptions options, sequence_actor sequence, world_actor world,
                       block_producer_actor producer, std::unique_ptr<LogReader> log, L1Told told)
    : system_(system),
      l1_(l1),
      actor_(caf::actor_cast<caf::actor>(system.spawn<Listener>(
          std::move(meter), std::move(board), std::move(l1), options, std::move(sequence),
          std::move(world), std::move(producer), std::move(log), std::move(told)))) {}

L1Listener::~L1Listener() {
  l1_->cancel();
  caf::scoped_actor self(system_);
  self->send_exit(actor_, caf::exit_reason::user_shutdown);
  self->wait_for(actor_);
}

}  // namespace horae
