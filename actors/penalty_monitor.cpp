#include "actors/penalty_monitor.hpp"

#include <algorithm>
#include <caf/typed_event_based_actor.hpp>
#include <iterator>

#include "events/penalties/evidence.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

constexpr std::size_t slice_records = 1024;
constexpr std::size_t slice_bytes = 4u << 20;

class PenaltyMonitor : public Deciding<penalty_monitor_actor::base> {
 public:
  PenaltyMonitor(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
                 std::shared_ptr<const Clock> clock, std::uint64_t tick_ms, MonitorStart start,
                 std::unique_ptr<LogReader> log, journal_actor journal, sequence_actor sequence)
      : Deciding(config, std::move(counted), std::move(journal)),
        clock_(std::move(clock)),
        tick_ms_(tick_ms),
        watch_(std::move(start.watch)),
        observations_(std::move(start.observations)),
        log_(std::move(log)),
        sequence_(std::move(sequence)) {}

  behavior_type make_behavior() override {
    write_owed();
    for (const auto seq : watch_.newest_blocks()) look_again(seq);
    follow();
    return {[this](caf::tick_atom tick) {
      const auto counting = handling("tick");
      if (const auto backlog = watch_.tick(clock_->now_ms())) write(*backlog);
      this->delayed_send(this, std::chrono::milliseconds(tick_ms_), tick);
    }};
  }

 private:
  void follow() {
    this->request(journal(), caf::infinite, Beyond{watch_.seq()})
        .then(
            [this](const Durable& durable) {
              const auto counting = handling("Durable");
              while (watch_.seq() < durable.seq) read_on(durable.seq);
              write_owed();
              follow();
            },
            on_lost("the penalty monitor's follow"));
  }

  void read_on(std::uint64_t until) {
    auto slice = log_->read(watch_.seq() + 1, slice_records, slice_bytes);
    if (!slice) stop("the penalty monitor cannot read the log: " + slice.error().what);
    if (slice->empty()) {
      stop("the penalty monitor finds no record " + std::to_string(watch_.seq() + 1));
    }
    for (const auto& stored : *slice) {
      if (stored.seq > until) break;
      const auto record = decode_record(stored.value);
      if (!record) stop("record " + std::to_string(stored.seq) + ": " + record.error().what);
      watch_.see(*record);
      look_at(*record);
    }
  }

  // Everything that is owed and not on its way to the journal yet.
  void write_owed() {
    for (const auto& noticed : watch_.owed()) {
      if (noticed.cause <= written_) continue;
      written_ = noticed.cause;
      write(noticed);
    }
  }

  void write(const Noticed& noticed) {
    Decision out;
    for (const auto& observation : noticed.observations) {
      auto decision = decide(observations_, observation.read());
      // What it sees is well-formed, and it sees nothing before there are rules.
      if (!decision.ok()) stop("an observation was refused: " + decision.detail);
      apply_all<schema::PenaltiesFact>(observations_, decision);
      std::ranges::move(decision.facts, std::back_inserter(out.facts));
    }
    append(std::move(out), noticed.cause, "the penalty monitor's observation",
           [this, observed = noticed.observations](const Receipt&) {
             for (const auto& one : observed) tell(one.read());
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
    // A refusal is an answer, too: nothing more can be done here.
    this->request(sequence_, caf::infinite, accusation(*evidence), Cause{record.header.seq})
        .then([this](const Receipt&) { const auto counting = handling("Receipt"); },
              on_lost("the penalty monitor's accusation"));
  }

  std::shared_ptr<const Clock> clock_;
  std::uint64_t tick_ms_;
  ServiceWatch watch_;
  Observations observations_;
  std::unique_ptr<LogReader> log_;
  sequence_actor sequence_;
  Logger logger_{meter().name};
  std::uint64_t written_ = 0;  // the cause of the last observation that a record led to
};

}  // namespace

Result<ServiceWatch> watch_of(LogReader& log, std::uint64_t until_seq) {
  ServiceWatch out;
  std::optional<Fault> fault;
  const auto shown = log.scan(1, until_seq, [&](std::uint64_t seq, BytesView value) {
    const auto record = decode_record(value);
    if (!record || record->header.seq != out.seq() + 1) {
      fault = Fault{"record " + std::to_string(seq) + ": " +
                    (record ? std::string("not the next one") : record.error().what)};
      return false;
    }
    out.see(*record);
    return true;
  });
  if (!shown) return tl::unexpected(shown.error());
  if (fault) return tl::unexpected(*fault);
  if (out.seq() != until_seq) {
    return fail("the log ends at record " + std::to_string(out.seq()) + ", wanted " +
                std::to_string(until_seq));
  }
  return out;
}

penalty_monitor_actor spawn_penalty_monitor(caf::actor_system& system, Threading threading,
                                            std::shared_ptr<ActorMeter> meter,
                                            std::shared_ptr<const Clock> clock,
                                            std::uint64_t tick_ms, MonitorStart start,
                                            std::unique_ptr<LogReader> log, journal_actor journal,
                                            sequence_actor sequence) {
  return spawn_as<PenaltyMonitor>(system, threading, std::move(meter), std::move(clock), tick_ms,
                                  std::move(start), std::move(log), std::move(journal),
                                  std::move(sequence));
}

}  // namespace horae
