#include "actors/committer.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace horae {
namespace {

class Committer : public Metered<committer_actor::base> {
 public:
  Committer(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
            std::unique_ptr<LogWriter> writer, std::function<void(const Fault&)> on_failure)
      : Metered(config, std::move(counted)),
        writer_(std::move(writer)),
        on_failure_(std::move(on_failure)) {}

  behavior_type make_behavior() override {
    return {[this](const Commit& wanted) {
      const auto counting = handling("Commit");
      const auto began = ActorMeter::now_ns();
      const auto records = wanted.records.lock();
      if (!records) return Committed{};
      entries_.clear();
      for (std::size_t i = 0; i < records->headers.size(); ++i) {
        entries_.push_back({records->headers[i], records->payloads[i].bytes()});
      }
      const auto written = writer_->append(records->first_seq, entries_, records->tiles);
      if (!written) {
        if (on_failure_) on_failure_(written.error());
        stop("the journal goes on after a failed commit: " + written.error().what);
      }
      meter().facts.fetch_add(entries_.size(), std::memory_order_relaxed);
      return Committed{(ActorMeter::now_ns() - began) / 1000};
    }};
  }

 private:
  std::unique_ptr<LogWriter> writer_;
  std::function<void(const Fault&)> on_failure_;
  std::vector<LogEntry> entries_;  // kept: an allocation of its size costs more than hashing
};

}  // namespace

committer_actor spawn_committer(caf::actor_system& system, Threading threading,
                                std::shared_ptr<ActorMeter> meter,
                                std::unique_ptr<LogWriter> writer,
                                std::function<void(const Fault&)> on_failure) {
  return spawn_as<Committer>(system, threading, std::move(meter), std::move(writer),
                             std::move(on_failure));
}

}  // namespace horae
