#include "actors/penalty_monitor.hpp"

#include <algorithm>
#include <caf/typed_event_based_actor.hpp>
#include <iterator>

#include "duties/service_watch.hpp"
#include "events/penalties/evidence.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

constexpr std::size_t monitor_slice_records = 1024;
constexpr std::size_t monitor_slice_bytes = 4u << 20;

class PenaltyMonitor : public Deciding<penalty_monitor_actor::base> {
 public:
  PenaltyMonitor(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
                 std::shared_ptr<const Clock> clock, std::uint64_t tick_ms, MonitorStart start,
                 std::unique_ptr<LogReader> log, world_actor world, journal_actor journal,
                 sequence_actor sequence)
      : Deciding(config, std::move(counted), std::move(journal)),
        clock_(std::move(clock)),
        tick_ms_(tick_ms),
        seq_(start.seq),
        newest_blocks_(std::move(start.newest_blocks)),
        observations_(std::move(start.observations)),
        log_(std::move(log)),
        world_(std::move(world)),
        sequence_(std::move(sequence)) {}

  behavior_type make_behavior() override {
    for (const auto seq : newest_blocks_) look_again(seq);
    follow(seq_);
    return {[this](caf::tick_atom tick) {
              const auto counting = handling("tick");
              look_for_backlog();
              this->delayed_send(this, std::chrono::milliseconds(tick_ms_), tick);
            },
            [this](const ForwardsRefused& refused) {
              const auto counting = handling("ForwardsRefused");
              write(refused_forwards(refused.count, refused.first, refused.why, clock_->now_ms()),
                    [](std::uint64_t) {});
            }};
  }

 private:
  template <class Then>
  void ask_world(std::uint64_t at_least, std::uint64_t now_ms, Then then) {
    const auto question = Msg<schema::WorldQuery>::build([&](auto query) {
      query.setAtLeast(at_least);
      query.setService(now_ms);
    });
    this->request(world_, caf::infinite, question)
        .then(
            [this, then](const Msg<schema::WorldAnswer>& answer) {
              const auto counting = handling("Service");
              then(answer.read());
            },
            on_lost("the penalty monitor's question"));
  }

  // Answered as soon as the world has got so far.
  void follow(std::uint64_t at_least) {
    ask_world(at_least, 0, [this](schema::WorldAnswer::Reader answer) {
      while (seq_ < answer.getSeq()) read_on(answer.getSeq());
      for (const auto owed : answer.getService().getOwed()) {
        // What is on its way to the journal is owed until the world has folded it.
        if (owed.getCause() <= written_) continue;
        written_ = owed.getCause();
        write(read_noticed(owed), [](std::uint64_t) {});
      }
      follow(seq_ + 1);
    });
  }

  // One look at a time: what the last one wrote must be seen by the next.
  void look_for_backlog() {
    if (std::exchange(looking_, true)) return;
    const auto now = clock_->now_ms();
    ask_world(seen_, now, [this, now](schema::WorldAnswer::Reader answer) {
      const auto service = answer.getService();
      std::optional<Backlog> backlog;
      if (service.hasBacklog()) {
        backlog = Backlog{read_noticed(service.getBacklog()), service.getSealedMs(),
                          service.getBehindTheBlock()};
      }
      looking_ = episode_.begins(backlog, now);
      if (!looking_) return;
      write(backlog->noticed, [this](std::uint64_t seq) {
        seen_ = seq;
        looking_ = false;
      });
    });
  }

  void read_on(std::uint64_t until) {
    auto slice = log_->read(seq_ + 1, monitor_slice_records, monitor_slice_bytes);
    if (!slice) stop("the penalty monitor cannot read the log: " + slice.error().what);
    if (slice->empty()) {
      stop("the penalty monitor finds no record " + std::to_string(seq_ + 1));
    }
    for (const auto& stored : *slice) {
      if (stored.seq > until) break;
      const auto record = decode_record(stored.value);
      if (!record) stop("record " + std::to_string(stored.seq) + ": " + record.error().what);
      look_at(*record);
      seq_ = stored.seq;
    }
  }

  // Calls then with the seq behind which it is durable.
  template <class Then>
  void write(const Noticed& noticed, Then then) {
    Decision out;
    for (const auto& observation : noticed.observations) {
      auto decision = decide(observations_, observation.read());
      // What it sees is well-formed, and it sees nothing before there are rules.
      if (!decision.ok()) stop("an observation was refused: " + decision.detail);
      apply_all<schema::PenaltiesFact>(observations_, decision);
      std::ranges::move(decision.facts, std::back_inserter(out.facts));
    }
    append(std::move(out), noticed.cause, "the penalty monitor's observation",
           [this, then, observed = noticed.observations](const Receipt& receipt) {
             for (const auto& one : observed) tell(one.read());
             then(receipt.read().getAccepted());
           });
  }

  void tell(schema::ObservationsCommand::Reader command) {
    if (!command.isObserve()) return;
    const auto seen = command.getObserve();
    logger_.warn("the service was not as it should be",
                 {{"observed", observation_name(seen.getKind())},
                  {"count", seen.getCount()},
                  {"block", seen.getBlock()},
                  {"detail", seen.getDetail().cStr()}});
  }

  void look_again(std::uint64_t seq) {
    const auto stored = log_->get(seq);
    if (!stored || !*stored) {
      stop("the penalty monitor finds no record " + std::to_string(seq));
    }
    const auto record = decode_record((*stored)->value);
    if (!record) stop("record " + std::to_string(seq) + ": " + record.error().what);
    look_at(*record);
  }

  void look_at(const RecordView& record) {
    if (record.header.domain != Domain::BLOCKS) return;
    const auto fact = Msg<schema::BlocksFact>::of(Message::trusted(record.payload));
    if (!fact.read().isBlockSealed()) return;
    const auto evidence = evidence_in(fact.read().getBlockSealed());
    if (!evidence) return;
    logger_.warn("a block shows a fault, and its signer is accused",
                 {{"record", record.header.seq}});
    const auto accusation = Accusation::of(*evidence);
    if (!accusation) stop("evidence found in a block shows nothing: " + accusation.error().what);
    // A refusal is an answer, too: nothing more can be done here.
    this->request(sequence_, caf::infinite, *accusation, Cause{record.header.seq})
        .then([this](const Receipt&) { const auto counting = handling("Receipt"); },
              on_lost("the penalty monitor's accusation"));
  }

  std::shared_ptr<const Clock> clock_;
  std::uint64_t tick_ms_;
  std::uint64_t seq_;                        // of the last record looked at
  std::deque<std::uint64_t> newest_blocks_;  // before the start
  Observations observations_;
  std::unique_ptr<LogReader> log_;
  world_actor world_;
  sequence_actor sequence_;
  Logger logger_{meter().name};
  BacklogEpisode episode_;
  bool looking_ = false;       // for a backlog
  std::uint64_t seen_ = 0;     // what the world must have folded before it is asked for one
  std::uint64_t written_ = 0;  // the cause of the last observation that a record led to
};

}  // namespace

penalty_monitor_actor spawn_penalty_monitor(caf::actor_system& system, Threading threading,
                                            std::shared_ptr<ActorMeter> meter,
                                            std::shared_ptr<const Clock> clock,
                                            std::uint64_t tick_ms, MonitorStart start,
                                            std::unique_ptr<LogReader> log, world_actor world,
                                            journal_actor journal, sequence_actor sequence) {
  return spawn_as<PenaltyMonitor>(system, threading, std::move(meter), std::move(clock), tick_ms,
                                  std::move(start), std::move(log), std::move(world),
                                  std::move(journal), std::move(sequence));
}

}  // namespace horae
