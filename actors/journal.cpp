#include "actors/journal.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <deque>

#include "actors/committer.hpp"
#include "core/crash_points.hpp"
#include "events/receipts.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

// Sent to itself when a decision waits and the disk is idle: the mailbox's order makes the batch.
struct Begin {};

}  // namespace
}  // namespace horae

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::Begin)

namespace horae {
namespace {

using journal_inside = journal_actor::extend<caf::reacts_to<Begin>>;

// What goes to the disk at once, and whoever waits for it.
struct Batch {
  struct Waiting {
    caf::typed_response_promise<Receipt> promise;
    Reason refused = Reason::NONE;
    std::string detail;
    std::uint64_t seq = 0;  // that its decision ends at, or that it waits for
  };
  std::vector<Waiting> waiting;
  std::shared_ptr<StampedRecords> records = std::make_shared<StampedRecords>();
  std::size_t bytes = 0;  // of the payloads
  JournalPosition end;    // once nothing more comes to it

  [[nodiscard]] std::size_t facts() const { return records->headers.size(); }
};

std::size_t bytes_of(const Decision& decision) {
  std::size_t out = 0;
  for (const auto& fact : decision.facts) out += fact.payload.bytes().size();
  return out;
}

// A disk that takes longer makes everybody wait.
constexpr std::uint64_t slow_commit_us = 3'000'000;

class Journal : public Metered<journal_inside::base> {
 public:
  Journal(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
          std::shared_ptr<Board> board, committer_actor committer,
          std::shared_ptr<const Clock> clock, JournalPosition position, JournalOptions options)
      : Metered(config, std::move(counted)),
        board_(std::move(board)),
        committer_(std::move(committer)),
        clock_(std::move(clock)),
        durable_(std::move(position)),
        stamped_(durable_),
        options_(std::move(options)) {
    if (durable_.tree.size() != durable_.seq) stop("a journal whose tree is not its log's");
    board_->change<Board::Journal>([&](Board::Journal& seen) { seen.seq = durable_.seq; });
  }

  // A promise holds its asker and this actor: kept beyond the end, neither would ever be freed.
  void on_exit() override {
    batches_.clear();
    followers_.clear();
    caf::anon_send_exit(committer_, caf::exit_reason::user_shutdown);
    committer_ = nullptr;
  }

  behavior_type make_behavior() override {
    return {
        [this](Append& append) {
          const auto counting = handling("Append");
          auto promise = make_response_promise<Receipt>();
          take(append, promise);
          return promise;
        },
        [this](AppendTogether& append) {
          const auto counting = handling("AppendTogether");
          auto promise = make_response_promise<Receipt>();
          std::size_t facts = 0, bytes = 0;
          for (const auto& decision : append.decisions) {
            facts += decision.facts.size();
            bytes += bytes_of(decision);
          }
          auto& batch = open_batch(facts, bytes);
          for (auto& decision : append.decisions) stamp(batch, decision, 0);
          wait_for(batch, promise, {});
          return promise;
        },
        [this](const Beyond& beyond) {
          const auto counting = handling("Beyond");
          auto promise = make_response_promise<Durable>();
          if (durable_.seq > beyond.seq) {
            promise.deliver(Durable{durable_.seq});
          } else {
            followers_.push_back({beyond.seq, promise});
          }
          return promise;
        },
        [this](const AskTree&) {
          const auto counting = handling("AskTree");
          return DurableTree{durable_.tree};
        },
        [this](const Begin&) {
          const auto counting = handling("Begin");
          begun_ = false;
          go_on();
        },
    };
  }

 private:
  struct Follower {
    std::uint64_t seq;
    caf::typed_response_promise<Durable> promise;
  };

  void take(Append& append, const caf::typed_response_promise<Receipt>& promise) {
    auto& decision = append.decision;
    auto& batch = open_batch(decision.facts.size(), bytes_of(decision));
    stamp(batch, decision, append.cause);
    wait_for(batch, promise, decision);
  }

  // Whoever is promised the answer to the decision gets it when all that is stamped now is durable.
  void wait_for(Batch& batch, const caf::typed_response_promise<Receipt>& promise,
                const Decision& decision) {
    batch.waiting.push_back({promise, decision.refused, decision.detail, stamped_.seq});
    if (committing_ || begun_) return;
    begun_ = true;
    this->send(this, Begin{});
  }

  // The last one, if it is not at the disk and has room for so much; else a new one.
  Batch& open_batch(std::size_t facts, std::size_t bytes) {
    const bool open = batches_.size() > (committing_ ? 1u : 0u);
    if (open) {
      auto& last = batches_.back();
      if (last.waiting.empty() || (last.facts() + facts <= options_.batch_facts &&
                                   last.bytes + bytes <= options_.batch_bytes)) {
        return last;
      }
      last.end = stamped_;
    }
    batches_.push_back(std::exchange(spare_, Batch{}));
    return batches_.back();
  }

  // Makes records of the decision's facts, behind everything that was stamped before.
  void stamp(Batch& batch, Decision& decision, Cause cause) {
    auto& facts = decision.facts;
    if (facts.empty()) return;
    auto& records = *batch.records;
    const auto first = stamped_.seq + 1;
    const auto time_ms = std::max(stamped_.time_ms, clock_->now_ms());
    if (records.headers.empty()) records.first_seq = first;
    for (std::size_t i = 0; i < facts.size(); ++i) {
      auto& fact = facts[i];
      RecordHeader header;
      header.domain = fact.domain;
      header.more = i + 1 < facts.size();
      header.seq = stamped_.seq + 1;
      header.time_ms = time_ms;
      header.cause = fact.after >= 0 ? first + static_cast<std::uint64_t>(fact.after) : cause;
      header.prev = stamped_.head;
      header.kind = fact.kind;
      records.headers.push_back(encode(header));
      const auto tile = stamped_.pass(header, record_hash(records.headers.back(), fact.digest));
      if (tile) records.tiles.push_back(*tile);
      batch.bytes += fact.payload.bytes().size();
      records.payloads.push_back(std::move(fact.payload));
      if (fact.domain == Domain::MEMPOOL) crash_here(CrashPoint::admitting);
      if (fact.domain == Domain::BLOCKS) crash_here(CrashPoint::sealing);
    }
  }

  // Gives the disk the next batch; false if it is busy or nothing waits for it.
  bool commit() {
    if (committing_ || batches_.empty() || batches_.front().facts() == 0) return false;
    if (batches_.size() == 1) batches_.front().end = stamped_;
    committing_ = true;
    this->request(committer_, caf::infinite, Commit{batches_.front().records})
        .then([this](const Committed& told) { committed(told); }, on_lost("a commit"));
    return true;
  }

  // Batches of barriers alone wait for nothing but those before them.
  void go_on() {
    while (!commit() && !committing_ && !batches_.empty()) {
      answer(take_front());
    }
  }

  void committed(const Committed& told) {
    const auto counting = handling("Committed");
    committing_ = false;
    auto batch = take_front();
    durable_ = std::move(batch.end);
    meter().facts.fetch_add(batch.facts(), std::memory_order_relaxed);
    board_->change<Board::Journal>([&](Board::Journal& seen) {
      ++seen.commits;
      seen.facts += batch.facts();
      seen.last_batch = batch.facts();
      seen.largest_batch = std::max<std::uint64_t>(seen.largest_batch, batch.facts());
      seen.last_commit_us = told.took_us;
      seen.slowest_commit_us = std::max(seen.slowest_commit_us, told.took_us);
      seen.commit_us += told.took_us;
      seen.commit.add(static_cast<double>(told.took_us) / 1e6);
      seen.batch.add(static_cast<double>(batch.facts()));
      seen.seq = durable_.seq;
    });
    if (told.took_us > slow_commit_us && limiter_.pass(ActorMeter::now_ns())) {
      logger_.warn("a commit took long", {{"ms", told.took_us / 1000}, {"records", batch.facts()}});
    }
    commit();  // the disk works while the answers go out
    answer(std::move(batch));
    tell_followers();
    go_on();
  }

  Batch take_front() {
    auto out = std::move(batches_.front());
    batches_.pop_front();
    return out;
  }

  void answer(Batch batch) {
    Receipts receipts(batch.waiting.size());
    for (auto& one : batch.waiting) {
      one.promise.deliver(one.refused == Reason::NONE ? receipts.accepted(one.seq)
                                                      : rejected(one.refused, one.detail));
    }
    // Its memory is the next one's: large allocations that come and go cost more than hashing.
    batch.waiting.clear();
    batch.bytes = 0;
    batch.records->headers.clear();
    batch.records->payloads.clear();
    batch.records->tiles.clear();
    spare_ = std::move(batch);
  }

  void tell_followers() {
    std::vector<Follower> still;
    for (auto& follower : followers_) {
      if (durable_.seq > follower.seq) {
        follower.promise.deliver(Durable{durable_.seq});
      } else {
        still.push_back(std::move(follower));
      }
    }
    followers_ = std::move(still);
  }

  std::shared_ptr<Board> board_;
  committer_actor committer_;
  std::shared_ptr<const Clock> clock_;
  JournalPosition durable_;
  JournalPosition stamped_;
  JournalOptions options_;
  std::deque<Batch> batches_;  // the first may be at the disk, the last takes what comes
  bool committing_ = false;
  bool begun_ = false;
  std::vector<Follower> followers_;
  Batch spare_;
  Logger logger_{meter().name};
  RateLimiter limiter_{1};
};

}  // namespace

journal_actor spawn_journal(caf::actor_system& system, Threading threading, Meters& meters,
                            std::shared_ptr<Board> board, std::unique_ptr<LogWriter> writer,
                            std::shared_ptr<const Clock> clock, const JournalPosition& position,
                            JournalOptions options) {
  auto meter = meters.add("journal");
  auto committer = spawn_committer(system, threading, meters.add("committer"), std::move(writer),
                                   options.on_failure);
  return spawn_as<Journal>(system, threading, std::move(meter), std::move(board),
                           std::move(committer), std::move(clock), position, std::move(options));
}

}  // namespace horae
