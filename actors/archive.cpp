#include "actors/archive.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <deque>
#include <map>
#include <variant>

#include "actors/mentions.hpp"
#include "events/json.hpp"
#include "events/mempool/fate.hpp"
#include "events/penalties/statement.hpp"
#include "events/rewards/statement.hpp"

namespace horae {
namespace {

// Sent to itself while a statement is being told.
struct GoOn {};

}  // namespace
}  // namespace horae

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::GoOn)

namespace horae {
namespace {

namespace json = boost::json;

using Query = Msg<schema::ArchiveQuery>;
using Answer = Msg<schema::WorldAnswer>;
using Inside = archive_actor::extend<caf::reacts_to<GoOn>>;

Answer answer_of(std::uint64_t seq, const json::value& told) {
  return Answer::build([&](schema::WorldAnswer::Builder out) {
    out.setSeq(seq);
    if (told.is_null()) return out.setAbsent();
    out.setJson(json::serialize(told).c_str());
  });
}

void set_present(RewardStatement& told, schema::Present::Reader now) {
  told.set_not_due(now.getNotDue().cStr());
}
void set_present(PenaltyStatement& told, schema::Present::Reader now) {
  told.set_now(now.getTimeMs());
}

class Archive : public Metered<Inside::base> {
 public:
  Archive(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
          std::unique_ptr<LogReader> log, std::shared_ptr<const Lookups> lookups, world_actor world,
          const ArchiveOptions& options)
      : Metered(config, std::move(counted)),
        log_(std::move(log)),
        lookups_(std::move(lookups)),
        world_(std::move(world)),
        options_(options) {}

  // A promise holds its asker and this actor: kept beyond the end, neither would ever be freed.
  void on_exit() override {
    askers_.clear();
    wanted_.clear();
    told_.reset();
  }

  behavior_type make_behavior() override {
    return {
        [this](const Query& query) {
          const auto counting = handling("ArchiveQuery");
          const auto asker = ++askers_so_far_;
          const auto& promise =
              askers_.emplace(asker, make_response_promise<Answer>()).first->second;
          ask_world(query, asker);
          return promise;
        },
        [this](const GoOn&) {
          const auto counting = handling("GoOn");
          go_on();
        },
    };
  }

 private:
  using Asker = std::uint64_t;  // 1, 2, 3 … in this life
  struct Wanted {
    Asker asker;
    Query query;
    Answer present;  // of the world when it had folded what the question names
  };
  // The statement that is being told: of the first of those wanted.
  struct Telling {
    std::variant<RewardStatement, PenaltyStatement> statement;
    std::vector<std::uint64_t> seqs;
    std::size_t next = 0;
  };

  // The lookups hold everything that the world has folded.
  void ask_world(const Query& query, Asker asker) {
    const auto question = Msg<schema::WorldQuery>::build([&](auto out) {
      out.setAtLeast(query.read().getAtLeast());
      out.setPresent();
    });
    this->request(world_, caf::infinite, question)
        .then(
            [this, query, asker](const Answer& present) {
              const auto counting = handling("Present");
              take_up({asker, query, present});
            },
            on_lost("the archive's question to the world"));
  }

  void take_up(Wanted wanted) {
    const auto query = wanted.query.read();
    const auto seq = wanted.present.read().getSeq();
    switch (query.which()) {
      case schema::ArchiveQuery::NONE:
        return tell(wanted.asker, answer_of(seq, nullptr));
      case schema::ArchiveQuery::FATE:
        return tell(wanted.asker, answer_of(seq, fate(fixed<Hash32>(query.getFate()), seq)));
      case schema::ArchiveQuery::REWARDS:
      case schema::ArchiveQuery::PENALTIES:
        wanted_.push_back(std::move(wanted));
        if (wanted_.size() == 1) this->send(this, GoOn{});
        return;
    }
    stop("a question to the archive written by a newer version");
  }

  // Every record that names the hash, the last one being its fate.
  json::value fate(const Hash32& hash, std::uint64_t until) {
    auto seqs = lookups_->mentions(hash);
    if (!seqs) stop("the lookups cannot be read: " + seqs.error().what);
    Fate told(hash);
    for (const auto seq : *seqs) {
      if (seq <= until) add(told, seq);
    }
    return told.json();
  }

  // One slice of the first statement that is wanted.
  void go_on() {
    if (!told_) told_ = begin(wanted_.front());
    const auto end = std::min(told_->seqs.size(), told_->next + options_.slice_records);
    for (; told_->next < end; ++told_->next) {
      std::visit([&](auto& statement) { add(statement, told_->seqs[told_->next]); },
                 told_->statement);
    }
    if (told_->next == told_->seqs.size()) {
      const auto wanted = std::move(wanted_.front());
      wanted_.pop_front();
      auto telling = std::exchange(told_, std::nullopt);
      std::visit([&](auto statement) { finish(wanted, std::move(statement)); },
                 std::move(telling->statement));
    }
    if (!wanted_.empty()) this->send(this, GoOn{});
  }

  Telling begin(const Wanted& wanted) {
    const auto query = wanted.query.read();
    const auto seq = wanted.present.read().getSeq();
    if (query.isRewards()) {
      const auto part = query.getRewards();
      return telling<RewardStatement>(part, part.getFromSeq(), seq);
    }
    return telling<PenaltyStatement>(query.getPenalties(), 0, seq);  // scores need its beginning
  }

  template <class Statement>
  Telling telling(schema::StatementOf::Reader part, std::uint64_t from, std::uint64_t last) {
    auto seqs = lookups_->mentions(topic<Statement>(), SIZE_MAX);
    if (!seqs) stop("the lookups cannot be read: " + seqs.error().what);
    const auto until = part.getToSeq() == 0 ? last : std::min(part.getToSeq(), last);
    std::erase_if(*seqs, [&](auto seq) { return seq < from || seq > until; });
    if (seqs->size() > options_.statement_records) {
      const auto cut = seqs->size() - options_.statement_records;
      seqs->erase(seqs->begin(), seqs->begin() + static_cast<std::ptrdiff_t>(cut));
    }
    return {
        Statement(part.getAll() ? std::nullopt : std::optional(read_u256(part.getSequencerId()))),
        std::move(*seqs)};
  }

  template <class Statement>
  void finish(const Wanted& wanted, Statement told) {
    const auto present = wanted.present.read();
    set_present(told, present.getPresent());
    tell(wanted.asker, answer_of(present.getSeq(), told.json()));
  }

  // A record that the lookups name; it was checked when it was folded.
  template <class Told>
  void add(Told& told, std::uint64_t seq) {
    const auto stored = log_->get(seq);
    if (!stored || !*stored) {
      stop("the lookups name record " + std::to_string(seq) + ", which is gone");
    }
    const auto record = decode_record((*stored)->value);
    if (!record) stop("record " + std::to_string(seq) + ": " + record.error().what);
    told.add(*record);
  }

  void tell(Asker asker, Answer answer) {
    askers_.extract(asker).mapped().deliver(std::move(answer));
  }

  std::unique_ptr<LogReader> log_;
  std::shared_ptr<const Lookups> lookups_;
  world_actor world_;
  ArchiveOptions options_;
  std::map<Asker, caf::typed_response_promise<Answer>> askers_;
  Asker askers_so_far_ = 0;
  std::deque<Wanted> wanted_;  // statements
  std::optional<Telling> told_;
};

}  // namespace

archive_actor spawn_archive(caf::actor_system& system, Threading threading,
                            std::shared_ptr<ActorMeter> meter, std::unique_ptr<LogReader> log,
                            std::shared_ptr<const Lookups> lookups, world_actor world,
                            ArchiveOptions options) {
  return spawn_as<Archive>(system, threading, std::move(meter), std::move(log), std::move(lookups),
                           std::move(world), options);
}

}  // namespace horae
