#include "actors/forwarder.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <set>

#include "events/pool/members.hpp"
#include "schemas/link.capnp.h"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

constexpr auto look_every = std::chrono::milliseconds(500);
// The leader may have dropped what it was given: its pool was full, or it began anew.
constexpr auto remind_after = std::chrono::seconds(30);
constexpr std::size_t forwarder_slice_records = 1024;
constexpr std::size_t forwarder_slice_bytes = 4u << 20;
// At once on their way, and in one request: a frame has a megabyte.
constexpr std::size_t most_of_a_refusal = 256;  // characters of another one's words
constexpr std::size_t most_requests = 4, most_in_one = 256, most_bytes_in_one = 256u << 10;

// It has it, had it, or is beyond it.
bool is_there(Reason reason) {
  return reason == Reason::NONE || reason == Reason::ALREADY_KNOWN ||
         reason == Reason::NONCE_TOO_LOW;
}

class Forwarder : public Metered<forwarder_actor::base> {
 public:
  Forwarder(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
            std::shared_ptr<Board> board, ForwarderOptions options, std::unique_ptr<LogReader> log,
            std::shared_ptr<LinkPort> members, ForwarderListeners listeners, journal_actor journal)
      : Metered(config, std::move(counted)),
        board_(std::move(board)),
        pool_(std::move(options.pool)),
        watch_(options.me),
        forwarding_(options.waiting),
        read_(options.seq),
        log_(std::move(log)),
        members_(std::move(members)),
        listeners_(std::move(listeners)),
        journal_(std::move(journal)) {
    watch_.lead(options.leader, this->clock().now());
  }

  // What is asked of members holds this actor until it is answered.
  void on_exit() override {
    members_.reset();
    listeners_ = {};
    journal_ = nullptr;
  }

  behavior_type make_behavior() override {
    tell_members();
    follow();
    this->delayed_send(this, look_every, caf::tick_atom::value);
    return {[this](const MemberLink& link) {
              const auto counting = handling("MemberLink");
              linked(link);
            },
            [this](const Forwarded& forwarded) {
              const auto counting = handling("Forwarded");
              answered(forwarded);
            },
            [this](caf::tick_atom) {
              const auto counting = handling("tick");
              this->delayed_send(this, look_every, caf::tick_atom::value);
              forwarding_.retry();
              forwarding_.remind(this->clock().now(), remind_after);
              pump();
              tell_gone();
              tell_refused();
            }};
  }

 private:
  void follow() {
    this->request(journal_, caf::infinite, Beyond{read_})
        .then(
            [this](const Durable& durable) {
              const auto counting = handling("Durable");
              read_on(durable.seq);
              pump();
              follow();
            },
            on_lost("the forwarder's follow"));
  }

  void read_on(std::uint64_t durable) {
    while (read_ < durable) {
      const auto slice = log_->read(read_ + 1, forwarder_slice_records, forwarder_slice_bytes);
      if (!slice) stop("the forwarder cannot read the log: " + slice.error().what);
      if (slice->empty()) stop("the forwarder finds no record " + std::to_string(read_ + 1));
      for (const auto& stored : *slice) {
        if (stored.seq > durable) return;
        const auto record = decode_record(stored.value);
        if (!record) stop("record " + std::to_string(stored.seq) + ": " + record.error().what);
        see(*record);
        read_ = stored.seq;
      }
    }
  }

  void see(const RecordView& record) {
    forwarding_.see(record);
    tell_in_block(record);
    if (record.header.domain == Domain::BLOCKS &&
        record.header.kind == schema::BlocksFact::EPOCH_STARTED) {
      const auto fact = Msg<schema::BlocksFact>::of(Message::trusted(record.payload));
      const auto signer = fixed<Address>(fact.read().getEpochStarted().getSigner());
      tell_failover(signer);
      lead(signer, record.header.seq);
    }
    if (record.header.domain != Domain::POOL || !is_shared(Domain::POOL, record.header.kind)) {
      return;
    }
    const auto fact = Msg<schema::PoolFact>::of(Message::trusted(record.payload));
    apply(pool_, fact.read());
    if (fact.read().isLeaderReplaced()) {
      const auto replaced = fact.read().getLeaderReplaced();
      failover_ = {replaced.getEpoch(),
                   replaced.getBlock(),
                   record.header.time_ms,
                   fixed<Address>(replaced.getSigner()),
                   {}};
    }
    if (fact.read().isMemberReady() || fact.read().isMembersChanged()) tell_members();
    tell_linked();
  }

  void tell_in_block(const RecordView& record) {
    if (!listeners_.copier || record.header.domain != Domain::MEMPOOL ||
        record.header.kind != schema::MempoolFact::TXNS_INCLUDED) {
      return;
    }
    const auto fact = Msg<schema::MempoolFact>::of(Message::trusted(record.payload));
    InBlock told;
    for (const auto hash : fact.read().getTxnsIncluded().getHashes()) {
      told.hashes.push_back(fixed<Hash32>(hash));
    }
    this->send(listeners_.copier, std::move(told));
  }

  // The leader first, the others by their addresses.
  void tell_linked() {
    if (!listeners_.copier) return;
    LinkedMembers told;
    for (const auto& member : watch_.open()) {
      if (!pool_.members.contains(member)) continue;
      const auto place = member == watch_.leader() ? told.members.begin() : told.members.end();
      told.members.insert(place, member);
    }
    if (told.members == told_linked_) return;
    told_linked_ = told.members;
    this->send(listeners_.copier, std::move(told));
  }

  // Who has lost its voice, or has none yet, may have users' transactions to hand over, too.
  void tell_members() {
    std::map<Address, std::string> at;
    for (const auto* each : {&pool_.members, &pool_.ready}) {
      for (const auto& [signer, member] : *each) at.emplace(signer, link_of(member.endpoint));
    }
    members_->know(at);
  }

  void lead(const Address& leader, std::uint64_t seq) {
    if (watch_.leader() == leader) return;
    watch_.lead(leader, this->clock().now());
    if (watch_.leads() && listeners_.producer) this->send(listeners_.producer, TurnBegins{seq});
    tell_linked();
    begin();
    tell_gone();
  }

  // The epoch behind a leader that was replaced.
  void tell_failover(const Address& to) {
    if (failover_.at_ms == 0) return;
    auto seen = std::exchange(failover_, {});
    seen.to = to;
    logger_.warn("the leader was replaced", {{"epoch", seen.epoch},
                                             {"block", seen.block},
                                             {"from", to_hex(seen.from)},
                                             {"to", to_hex(to)}});
    board_->change<Board::Consensus>([&](Board::Consensus& board) { board.failover = seen; });
  }

  // Again with each tick: what was told before may have been of an epoch that is over.
  void tell_gone() {
    if (!listeners_.sequence || !watch_.leader()) return;
    const LeaderGone told{*watch_.leader(), watch_.is_gone(this->clock().now())};
    if (!told.gone && !told_gone_) return;
    told_gone_ = told.gone;
    this->send(listeners_.sequence, told);
  }

  void linked(const MemberLink& link) {
    watch_.linked(link.member, link.open);
    tell_linked();
    if (link.open) {
      why_.erase(link.member);
    } else {
      why_[link.member] = link.why;
    }
    if (link.open && watch_.leader() == link.member) begin();
    tell_gone();
    if (board_->stopping) return;
    if (link.open) {
      logger_.info("a link to a member is there", {{"member", to_hex(link.member)}});
    } else {
      logger_.info("a link to a member is gone",
                   {{"member", to_hex(link.member)}, {"why", link.why}});
    }
    tell_board();
  }

  // What is on its way to the leader of before is given to this one, too.
  void begin() {
    given_.clear();
    forwarding_.begin();
    pump();
  }

  [[nodiscard]] bool can_give() const {
    return watch_.leader() && !watch_.leads() && watch_.is_linked(*watch_.leader());
  }

  void pump() {
    while (can_give() && given_.size() < most_requests && give_some()) {
    }
    tell_board();
  }

  // False: all is given.
  bool give_some() {
    std::vector<std::uint64_t> seqs;
    std::vector<Msg<schema::MempoolFact>> facts;
    std::size_t bytes = 0;
    const auto now = this->clock().now();
    while (const auto seq = forwarding_.next()) {
      if (seqs.size() == most_in_one) break;
      auto fact = admitted(*seq);
      bytes += fact.read().getTxnAdmitted().getTxn().getRaw().size();
      if (!seqs.empty() && bytes > most_bytes_in_one) break;
      forwarding_.give(*seq, now);
      seqs.push_back(*seq);
      facts.push_back(std::move(fact));
    }
    if (seqs.empty()) return false;
    const auto request = Msg<schema::MemberRequest>::build([&](auto root) {
      auto raws = root.initSubmit(static_cast<unsigned>(facts.size()));
      for (unsigned i = 0; i < raws.size(); ++i) {
        raws.set(i, facts[i].read().getTxnAdmitted().getTxn().getRaw());
      }
    });
    const auto batch = ++batches_;
    given_.emplace(batch, std::move(seqs));
    const forwarder_actor self(this);
    members_->ask(*watch_.leader(), Bytes(request.bytes().begin(), request.bytes().end()),
                  [self, batch](Result<Bytes> answer) {
                    caf::anon_send(self, Forwarded{batch, std::move(answer)});
                  });
    return true;
  }

  Msg<schema::MempoolFact> admitted(std::uint64_t seq) {
    const auto stored = log_->get(seq);
    if (!stored || !*stored) stop("the forwarder finds no record " + std::to_string(seq));
    const auto record = decode_record((*stored)->value);
    if (!record) stop("record " + std::to_string(seq) + ": " + record.error().what);
    return Msg<schema::MempoolFact>::of(Message::trusted(record->payload));
  }

  void answered(const Forwarded& forwarded) {
    const auto batch = given_.extract(forwarded.batch);
    if (!batch) return;  // of a leader of before
    const auto& seqs = batch.mapped();
    if (const auto why = outcome(forwarded.answer, seqs); !why.empty()) {
      for (const auto seq : seqs) forwarding_.take_back(seq);
      if (!board_->stopping && trouble_.begins(why)) {
        logger_.warn("the leader does not take transactions: they wait here, and are given again",
                     {{"leader", to_hex(*watch_.leader())}, {"why", why}});
      }
      return tell_board();
    }
    if (trouble_.ends()) logger_.info("the leader takes transactions again");
    pump();
  }

  // Why there is none; empty: there is one, and it is counted.
  std::string outcome(const Result<Bytes>& answer, const std::vector<std::uint64_t>& seqs) {
    if (!answer) return answer.error().what;
    const auto read = Msg<schema::MemberAnswer>::parse(*answer);
    if (!read) return "its answer: " + read.error().what;
    if (!read->read().isSubmitted()) return "it does not take transactions of members";
    const auto outcomes = read->read().getSubmitted();
    if (outcomes.size() != seqs.size()) return "its answer is of another number of transactions";
    for (unsigned i = 0; i < outcomes.size(); ++i) count(seqs[i], outcomes[i]);
    return {};
  }

  void count(std::uint64_t seq, schema::SubmitOutcome::Reader outcome) {
    const auto reason = outcome.getRefused();
    if (is_there(reason)) {
      ++given_in_all_;
      return;
    }
    if (is_passing(reason)) return forwarding_.take_back(seq);
    ++refused_;
    const std::string detail = outcome.getDetail().cStr();
    last_refusal_ = reason_name(reason) + (": " + detail.substr(0, most_of_a_refusal));
    if (const auto hash = forwarding_.refuse(seq)) {
      // Another one's words have no place in this log.
      if (untold_.count++ == 0) untold_ = {1, *hash, reason_name(reason)};
    }
    logger_.debug(
        "the leader refused a transaction",
        {{"record", seq}, {"reason", reason_name(reason)}, {"detail", outcome.getDetail().cStr()}});
  }

  void tell_refused() {
    if (untold_.count == 0) return;
    if (listeners_.monitor) this->send(listeners_.monitor, untold_);
    untold_ = {};
  }

  void tell_board() {
    board_->change<Board::Forwarding>([this](Board::Forwarding& seen) {
      const bool stuck = watch_.leader() && !watch_.leads() && !can_give();
      if (!stuck) {
        seen.stuck_since_ms = 0;
      } else if (seen.stuck_since_ms == 0) {
        seen.stuck_since_ms = Board::now_ms();
      }
      seen.why = stuck ? why_not_linked() : std::string();
      seen.waiting = forwarding_.waiting();
      seen.to_give = watch_.leads() ? 0 : forwarding_.to_give();
      seen.given = given_in_all_;
      seen.refused = refused_;
      seen.last_refusal = last_refusal_;
      seen.linked.assign(watch_.open().begin(), watch_.open().end());
    });
  }

  [[nodiscard]] std::string why_not_linked() const {
    const auto& leader = *watch_.leader();
    const auto member = pool_.members.find(leader);
    if (member == pool_.members.end() || link_of(member->second.endpoint).empty()) {
      return "where it is reached is not known: its node is of a version without links";
    }
    const auto why = why_.find(leader);
    return link_of(member->second.endpoint) + (why == why_.end() ? "" : ": " + why->second);
  }

  std::shared_ptr<Board> board_;
  PoolAgreement pool_;
  LeaderWatch watch_;
  bool told_gone_ = false;
  Board::Consensus::Failover failover_;  // whose next epoch has not begun; at_ms 0: none
  Forwarding forwarding_;
  std::uint64_t read_;  // the last record looked at
  std::unique_ptr<LogReader> log_;
  std::shared_ptr<LinkPort> members_;
  ForwarderListeners listeners_;
  std::vector<Address> told_linked_;  // whom the copier was told of
  journal_actor journal_;
  std::map<Address, std::string> why_;  // there is none
  std::uint64_t batches_ = 0;
  std::map<std::uint64_t, std::vector<std::uint64_t>> given_;  // on their way to the leader
  std::uint64_t given_in_all_ = 0, refused_ = 0;
  std::string last_refusal_;
  ForwardsRefused untold_;
  Logger logger_{meter().name};
  Episode trouble_;
};

}  // namespace

forwarder_actor spawn_forwarder(caf::actor_system& system, Threading threading,
                                std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                                ForwarderOptions options, std::unique_ptr<LogReader> log,
                                std::shared_ptr<LinkPort> members, ForwarderListeners listeners,
                                journal_actor journal) {
  return spawn_as<Forwarder>(system, threading, std::move(meter), std::move(board),
                             std::move(options), std::move(log), std::move(members),
                             std::move(listeners), std::move(journal));
}

}  // namespace horae
