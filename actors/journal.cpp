#include "actors/journal.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <deque>

#include "actors/crash_points.hpp"
#include "actors/receipts.hpp"

namespace horae {
namespace {

// Sent to itself when its first decision waits: the mailbox's order makes the batch.
struct Commit {};

}  // namespace
}  // namespace horae

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(horae::Commit)

namespace horae {
namespace {

using journal_inside = journal_actor::extend<caf::reacts_to<Commit>>;

class Journal : public Metered<journal_inside::base> {
 public:
  Journal(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
          std::shared_ptr<Board> board, std::unique_ptr<LogWriter> writer,
          std::shared_ptr<const Clock> clock, JournalPosition position, JournalOptions options)
      : Metered(config, std::move(counted)),
        board_(std::move(board)),
        writer_(std::move(writer)),
        clock_(std::move(clock)),
        position_(std::move(position)),
        options_(std::move(options)) {
    if (position_.tree.size() != position_.seq) stop("a journal whose tree is not its log's");
    board_->change<Board::Journal>([&](Board::Journal& seen) { seen.seq = position_.seq; });
  }

  // A promise holds its asker and this actor: kept beyond the end, neither would ever be freed.
  void on_exit() override {
    waiting_.clear();
    batch_.clear();
    followers_.clear();
  }

  behavior_type make_behavior() override {
    return {
        [this](Append& append) {
          const auto counting = handling("Append");
          auto promise = make_response_promise<Receipt>();
          waiting_.push_back({std::move(append), promise});
          if (waiting_.size() == 1) this->send(this, Commit{});
          return promise;
        },
        [this](const Beyond& beyond) {
          const auto counting = handling("Beyond");
          auto promise = make_response_promise<Durable>();
          if (position_.seq > beyond.seq) {
            promise.deliver(Durable{position_.seq});
          } else {
            followers_.push_back({beyond.seq, promise});
          }
          return promise;
        },
        [this](const AskTree&) {
          const auto counting = handling("AskTree");
          return DurableTree{position_.tree};
        },
        [this](const Commit&) {
          const auto counting = handling("Commit");
          commit();
          if (!waiting_.empty()) this->send(this, Commit{});
        },
    };
  }

 private:
  struct Waiting {
    Append append;
    caf::typed_response_promise<Receipt> promise;
  };
  struct Follower {
    std::uint64_t seq;
    caf::typed_response_promise<Durable> promise;
  };

  void commit() {
    take_batch();
    if (facts_ > 0) {
      write();
    } else {
      ends_.assign(batch_.size(), position_.seq);
    }
    Receipts receipts(batch_.size());
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      const auto& decision = batch_[i].append.decision;
      batch_[i].promise.deliver(decision.ok() ? receipts.accepted(ends_[i])
                                              : rejected(decision.refused, decision.detail));
    }
    batch_.clear();
    tell_followers();
  }

  // As many of those that wait as one commit takes.
  void take_batch() {
    facts_ = 0;
    std::size_t bytes = 0;
    while (!waiting_.empty()) {
      const auto& next = waiting_.front().append.decision;
      std::size_t next_bytes = 0;
      for (const auto& fact : next.facts) next_bytes += fact.payload.bytes().size();
      if (!batch_.empty() && (facts_ + next.facts.size() > options_.batch_facts ||
                              bytes + next_bytes > options_.batch_bytes)) {
        break;
      }
      facts_ += next.facts.size();
      bytes += next_bytes;
      batch_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }

  // Stamps the batch's facts and commits them; ends_ gets the seq that each decision ends at.
  void write() {
    const auto began = ActorMeter::now_ns();
    auto next = position_;
    next.time_ms = std::max(position_.time_ms, clock_->now_ms());
    headers_.clear();
    headers_.reserve(facts_);  // the entries point into it
    entries_.clear();
    tiles_.clear();
    ends_.clear();
    for (const auto& waiting : batch_) {
      const auto& decided = waiting.append.decision.facts;
      const auto first = next.seq + 1;
      for (std::size_t i = 0; i < decided.size(); ++i) {
        const auto& fact = decided[i];
        RecordHeader header;
        header.domain = fact.domain;
        header.more = i + 1 < decided.size();
        header.seq = next.seq + 1;
        header.time_ms = next.time_ms;
        header.cause =
            fact.after >= 0 ? first + static_cast<std::uint64_t>(fact.after) : waiting.append.cause;
        header.prev = next.head;
        header.kind = fact.kind;
        headers_.push_back(encode(header));
        entries_.push_back({headers_.back(), fact.payload.bytes()});
        const auto tile = next.pass(header, record_hash(headers_.back(), fact.digest));
        if (tile) tiles_.push_back(*tile);
        if (fact.domain == Domain::MEMPOOL) crash_here(CrashPoint::admitting);
        if (fact.domain == Domain::BLOCKS) crash_here(CrashPoint::sealing);
      }
      ends_.push_back(next.seq);
    }
    if (const auto written = writer_->append(position_.seq + 1, entries_, tiles_); !written) {
      if (options_.on_failure) options_.on_failure(written.error());
      stop("the journal goes on after a failed commit: " + written.error().what);
    }
    position_ = std::move(next);
    meter().facts.fetch_add(facts_, std::memory_order_relaxed);
    const auto took = (ActorMeter::now_ns() - began) / 1000;
    board_->change<Board::Journal>([&](Board::Journal& seen) {
      ++seen.commits;
      seen.facts += facts_;
      seen.last_batch = facts_;
      seen.largest_batch = std::max<std::uint64_t>(seen.largest_batch, facts_);
      seen.last_commit_us = took;
      seen.slowest_commit_us = std::max(seen.slowest_commit_us, took);
      seen.commit_us += took;
      seen.seq = position_.seq;
    });
  }

  void tell_followers() {
    std::vector<Follower> still;
    for (auto& follower : followers_) {
      if (position_.seq > follower.seq) {
        follower.promise.deliver(Durable{position_.seq});
      } else {
        still.push_back(std::move(follower));
      }
    }
    followers_ = std::move(still);
  }

  std::shared_ptr<Board> board_;
  std::unique_ptr<LogWriter> writer_;
  std::shared_ptr<const Clock> clock_;
  JournalPosition position_;
  JournalOptions options_;
  std::deque<Waiting> waiting_;
  std::vector<Follower> followers_;

  // Of the commit at hand; kept, since large allocations that come and go cost more than hashing.
  std::vector<Waiting> batch_;
  std::size_t facts_ = 0;
  std::vector<std::uint64_t> ends_;
  std::vector<HeaderBytes> headers_;
  std::vector<LogEntry> entries_;
  std::vector<Hash32> tiles_;
};

}  // namespace

journal_actor spawn_journal(caf::actor_system& system, Threading threading,
                            std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                            std::unique_ptr<LogWriter> writer, std::shared_ptr<const Clock> clock,
                            const JournalPosition& position, JournalOptions options) {
  return spawn_as<Journal>(system, threading, std::move(meter), std::move(board), std::move(writer),
                           std::move(clock), position, std::move(options));
}

}  // namespace horae
