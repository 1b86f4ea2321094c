#include "actors/copier.hpp"

#include <caf/typed_event_based_actor.hpp>

#include "duties/copies.hpp"
#include "events/json.hpp"
#include "schemas/link.capnp.h"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

constexpr auto look_at_copies_every = std::chrono::milliseconds(250);

class Copier : public Metered<copier_actor::base> {
 public:
  Copier(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
         std::shared_ptr<Board> board, std::size_t wanted, std::shared_ptr<LinkPort> members)
      : Metered(config, std::move(counted)),
        board_(std::move(board)),
        wanted_(wanted),
        copies_(wanted),
        members_(std::move(members)) {}

  // What is asked of members holds this actor until it is answered.
  void on_exit() override {
    members_.reset();
    told_.clear();
  }

  behavior_type make_behavior() override {
    tell_board();
    return {[this](const CopyTxn& txn) {
              const auto counting = handling("CopyTxn");
              add(txn);
            },
            [this](const CopiesAnswered& answered) {
              const auto counting = handling("CopiesAnswered");
              take(answered);
              go_on();
            },
            [this](const LinkedMembers& linked) {
              const auto counting = handling("LinkedMembers");
              copies_.link(linked.members);
              go_on();
            },
            [this](const InBlock& block) {
              const auto counting = handling("InBlock");
              for (const auto& hash : block.hashes) copies_.in_block(hash);
              go_on();
            },
            [this](caf::tick_atom) {
              const auto counting = handling("tick");
              ticking_ = false;
              copies_.look(this->clock().now());
              go_on();
            }};
  }

 private:
  void add(const CopyTxn& txn) {
    const auto id = copies_.add(txn.hash, txn.raw, this->clock().now());
    if (id) {
      told_.emplace(*id, txn.told);
    } else {
      lacks(txn.told, 1, "too many transactions wait for copies here");
    }
    go_on();
  }

  void go_on() {
    while (const auto request = copies_.next(this->clock().now())) ask(*request);
    for (const auto& ended : copies_.take_ended()) {
      const auto told = told_.extract(ended.txn);
      if (ended.enough) {
        ++enough_;
        told.mapped()({true, ended.have, wanted_, {}});
      } else {
        lacks(told.mapped(), ended.have, ended.why);
      }
    }
    if (copies_.waiting() > 0 && !ticking_) {
      ticking_ = true;
      this->delayed_send(this, look_at_copies_every, caf::tick_atom::value);
    }
    tell_board();
  }

  void lacks(const std::function<void(const CopiesTold&)>& told, std::size_t have,
             const std::string& why) {
    ++lacking_;
    last_lack_ = why;
    if (const auto unsaid = limiter_.pass(ActorMeter::now_ns()); unsaid && !board_->stopping) {
      logger_.warn(
          "too few members have a transaction in time (acknowledge.copies): it is not acknowledged",
          {{"have", have}, {"wanted", wanted_}, {"why", why}, {"more", *unsaid}});
    }
    told({false, have, wanted_, why});
  }

  void ask(const Copies::Request& request) {
    const auto asked = Msg<schema::MemberRequest>::build([&](auto root) {
      auto raws = root.initSubmit(static_cast<unsigned>(request.txns.size()));
      for (unsigned i = 0; i < raws.size(); ++i) raws.set(i, data(copies_.raw(request.txns[i])));
    });
    const copier_actor self(this);
    members_->ask(request.member, Bytes(asked.bytes().begin(), asked.bytes().end()),
                  [self, number = request.number](Result<Bytes> answer) {
                    caf::anon_send(self, CopiesAnswered{number, std::move(answer)});
                  });
  }

  void take(const CopiesAnswered& answered) {
    const auto fail = [&](const std::string& why) { copies_.failed(answered.request, why); };
    if (!answered.answer) return fail(answered.answer.error().what);
    const auto read = Msg<schema::MemberAnswer>::parse(*answered.answer);
    if (!read) return fail("its answer: " + read.error().what);
    if (!read->read().isSubmitted()) return fail("it does not take transactions of members");
    std::vector<Copies::Said> said;
    for (const auto outcome : read->read().getSubmitted()) {
      std::string detail;
      if (outcome.getRefused() != Reason::NONE) {
        detail =
            reason_name(outcome.getRefused()) + (": " + std::string(outcome.getDetail().cStr()));
      }
      said.push_back({outcome.getRefused(), std::move(detail)});
    }
    if (!copies_.answered(answered.request, said)) {
      fail("its answer is of another number of transactions");
    }
  }

  void tell_board() {
    board_->change<Board::Copies>([this](Board::Copies& seen) {
      seen.wanted = wanted_;
      seen.linked = copies_.linked();
      seen.waiting = copies_.waiting();
      seen.enough = enough_;
      seen.lacking = lacking_;
      seen.last_lack = last_lack_;
    });
  }

  std::shared_ptr<Board> board_;
  std::size_t wanted_;
  Copies copies_;
  std::shared_ptr<LinkPort> members_;
  std::map<Copies::Id, std::function<void(const CopiesTold&)>> told_;
  bool ticking_ = false;
  std::uint64_t enough_ = 0, lacking_ = 0;
  std::string last_lack_;
  Logger logger_{meter().name};
  RateLimiter limiter_{1};
};

}  // namespace

copier_actor spawn_copier(caf::actor_system& system, Threading threading,
                          std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                          std::size_t wanted, std::shared_ptr<LinkPort> members) {
  return spawn_as<Copier>(system, threading, std::move(meter), std::move(board), wanted,
                          std::move(members));
}

}  // namespace horae
