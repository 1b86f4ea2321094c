#include "actors/client.hpp"

#include <atomic>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <mutex>
#include <unordered_map>
#include <variant>

namespace horae {

/// Who waits for what, by ticket.
class Client::Calls {
 public:
  using Call =
      std::variant<std::function<void(const SubmitAnswer&)>, std::function<void(const Receipt&)>,
                   std::function<void(const Msg<schema::WorldAnswer>&)>>;

  Ticket keep(Call call) {
    const std::lock_guard lock(mutex_);
    const auto ticket = ++tickets_;
    if (!closed_) calls_.emplace(ticket, std::move(call));
    return ticket;
  }

  template <class Answer>
  void answer(Ticket ticket, const Answer& answer) {
    std::unique_lock lock(mutex_);
    const auto call = calls_.extract(ticket);
    lock.unlock();
    if (call) std::get<std::function<void(const Answer&)>>(call.mapped())(answer);
  }

  void acknowledge(std::uint64_t seq) {
    auto known = acknowledged_.load();
    while (known < seq && !acknowledged_.compare_exchange_weak(known, seq)) {
    }
  }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_.load(); }

  // Callbacks are destroyed outside the lock: their ends may do anything.
  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    const auto left = std::exchange(calls_, {});
    lock.unlock();
  }

 private:
  std::mutex mutex_;
  Ticket tickets_ = 0;
  bool closed_ = false;
  std::unordered_map<Ticket, Call> calls_;
  std::atomic<std::uint64_t> acknowledged_{0};
};

namespace {

class ClientActor : public Metered<client_actor::base> {
 public:
  ClientActor(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
              std::shared_ptr<Client::Calls> calls, world_actor world, archive_actor archive)
      : Metered(config, std::move(counted)),
        calls_(std::move(calls)),
        world_(std::move(world)),
        archive_(std::move(archive)) {}

  void on_exit() override { calls_->close(); }

  behavior_type make_behavior() override {
    return {
        [this](const SubmitAnswer& answer) {
          const auto counting = handling("SubmitAnswer");
          calls_->acknowledge(answer.seq);
          calls_->answer(answer.ticket, answer);
        },
        [this](const EvidenceAnswer& answer) {
          const auto counting = handling("EvidenceAnswer");
          const auto receipt = answer.receipt.read();
          if (receipt.isAccepted()) calls_->acknowledge(receipt.getAccepted());
          calls_->answer(answer.ticket, answer.receipt);
        },
        [this](const AskWorld& asked) {
          const auto counting = handling("AskWorld");
          ask(world_, asked);
        },
        [this](const AskArchive& asked) {
          const auto counting = handling("AskArchive");
          ask(archive_, asked);
        },
    };
  }

 private:
  template <class Actor, class Asked>
  void ask(const Actor& actor, const Asked& asked) {
    this->request(actor, caf::infinite, asked.query)
        .then(
            [this, ticket = asked.ticket](const Msg<schema::WorldAnswer>& answer) {
              const auto counting = handling("WorldAnswer");
              calls_->answer(ticket, answer);
            },
            on_lost("a question to the read side"));
  }

  std::shared_ptr<Client::Calls> calls_;
  world_actor world_;
  archive_actor archive_;
};

}  // namespace

Client::Client(caf::actor_system& system, std::shared_ptr<ActorMeter> meter,
               std::shared_ptr<Admission> admission, std::vector<door_actor> doors,
               evidence_checker_actor evidence, world_actor world, archive_actor archive)
    : calls_(std::make_shared<Calls>()),
      actor_(spawn_as<ClientActor>(system, Threading::pooled, std::move(meter), calls_,
                                   std::move(world), std::move(archive))),
      admission_(std::move(admission)),
      doors_(std::move(doors)),
      evidence_(std::move(evidence)) {}

const door_actor& Client::next_door() {
  return doors_[turn_.fetch_add(1, std::memory_order_relaxed) % doors_.size()];
}

std::uint64_t Client::acknowledged() const { return calls_->acknowledged(); }

void Client::submit(Bytes raw, std::uint64_t lane, std::function<void(const SubmitAnswer&)> done) {
  const auto ticket = calls_->keep(std::move(done));
  const auto& door = lane == 0 ? next_door() : doors_[lane % doors_.size()];
  caf::anon_send(door, SubmitRaw{actor_, ticket, std::move(raw)});
}

void Client::accuse(Bytes file, std::function<void(const Receipt&)> done) {
  if (admission_->evidence_in_flight.fetch_add(1) >= Admission::evidence_limit) {
    admission_->evidence_in_flight.fetch_sub(1);
    return done(rejected(Reason::BUSY, "evidence of others is being checked, try again"));
  }
  const auto ticket = calls_->keep(std::move(done));
  caf::anon_send(evidence_, SubmitEvidence{actor_, ticket, std::move(file)});
}

void Client::ask(Msg<schema::WorldQuery> query, Told done) {
  const auto ticket = calls_->keep(std::move(done));
  caf::anon_send(actor_, AskWorld{ticket, std::move(query)});
}

void Client::ask(Msg<schema::ArchiveQuery> query, Told done) {
  const auto ticket = calls_->keep(std::move(done));
  caf::anon_send(actor_, AskArchive{ticket, std::move(query)});
}

}  // namespace horae
