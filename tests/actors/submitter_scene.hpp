#pragma once

#include <caf/typed_event_based_actor.hpp>

#include "actors/journal.hpp"
#include "actors/submitter.hpp"
#include "events/record.hpp"
#include "tests/events/submissions/scene.hpp"
#include "tests/fixture/stage.hpp"
#include "tests/storage/directory.hpp"

// A submitter over a real journal, with a round manager of the test's own and an L1 that the test
// gives it.
namespace horae::test {

struct TestClock : Clock {
  std::uint64_t ms = 1'700'000'000'000;
  [[nodiscard]] std::uint64_t now_ms() const override { return ms; }
};

/// What outlives a crash.
struct SubmitGround {
  Directory directory;
  std::shared_ptr<TestClock> clock = std::make_shared<TestClock>();
  std::shared_ptr<L1SendPort> l1;
  SubmissionRules rules = usual_submission_rules();
  /// Why the next rounds come to nothing.
  std::string no_round;
  std::function<void()> during_round = [] {};
  std::uint64_t rounds = 0;
};

class Rounds : public Metered<round_manager_actor::base> {
 public:
  Rounds(caf::actor_config& config, std::shared_ptr<ActorMeter> counted, SubmitGround& ground)
      : Metered(config, std::move(counted)), ground_(ground) {}
  behavior_type make_behavior() override {
    return {[this](const Msg<schema::OpenRound>& round) {
      const auto open = round.read();
      BOOST_TEST(open.getDeadlineMs() > ground_.clock->ms);
      ++ground_.rounds;
      ground_.during_round();
      if (!ground_.no_round.empty()) return SignAnswer{fail(ground_.no_round)};
      const auto txn = to_txn(l1_chain_id, open.getContent(), open.getAttempt());
      return SignAnswer{sign(signing_hash(txn), key_of(payer))};
    }};
  }

 private:
  SubmitGround& ground_;
};

class SubmitHouse {
 public:
  static constexpr std::uint64_t poll_ms = 1000;

  explicit SubmitHouse(SubmitGround& land) : ground(land) {
    auto opened = Environment::open({.directory = land.directory.path / "log",
                                     .access = Access::rebuildable,
                                     .tables = {"log"},
                                     .map_bytes = std::size_t{1} << 28});
    BOOST_REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().what));
    auto writer = std::make_unique<LogWriter>(*opened);
    log.emplace(*opened);
    Submissions state;
    JournalPosition position;
    each_record([&](const RecordView& record) {
      const auto fact = Message::trusted(record.payload);
      apply(state, Msg<schema::SubmissionsFact>::of(fact).read());
      position.pass(record.header, record_hash(record));
    });
    JournalOptions options;
    options.on_failure = [](const Fault& fault) { stop(fault.what); };
    journal = spawn_journal(stage.system, Threading::pooled, meters, board, std::move(writer),
                            land.clock, position, options);
    if (!state.rules) begin(state);
    rounds = spawn_as<Rounds>(stage.system, Threading::pooled, meters.add("rounds"), land);
    submitter =
        spawn_submitter(stage.system, Threading::pooled, meters.add("submitter"), board, land.clock,
                        {l1_chain_id, poll_ms, 60'000}, state, rounds, journal, land.l1);
    caf::anon_send(submitter, caf::tick_atom::value);
  }
  ~SubmitHouse() {
    stage.drop(submitter);
    stage.drop(rounds);
    stage.drop(journal);
  }
  SubmitHouse(const SubmitHouse&) = delete;
  SubmitHouse& operator=(const SubmitHouse&) = delete;

  void run() { stage.scheduler.run(); }
  /// Time goes on, poll by poll.
  void pass(std::uint64_t ms = poll_ms) {
    for (std::uint64_t done = 0; done < ms; done += poll_ms) {
      ground.clock->ms += poll_ms;
      stage.scheduler.advance_time(std::chrono::milliseconds(poll_ms));
      run();
    }
  }
  AskedPtr<Receipt> ask_plan(const SlotName& slot, const Bytes& call = {1, 2, 3}) {
    return stage.ask<Receipt>(submitter, plan_of(slot, call), Cause{0});
  }
  AskedPtr<Receipt> plan(const SlotName& slot, const Bytes& call = {1, 2, 3}) {
    const auto asked = ask_plan(slot, call);
    run();
    return asked;
  }
  /// Runs until the log says so much, and not a step further.
  void run_until(const std::string& end) {
    while (!story().ends_with(end)) BOOST_REQUIRE(stage.scheduler.try_run_once());
  }

  std::vector<Msg<schema::SubmissionsFact>> facts() {
    std::vector<Msg<schema::SubmissionsFact>> out;
    each_record([&](const RecordView& record) {
      out.push_back(Msg<schema::SubmissionsFact>::of(Message::trusted(record.payload)));
    });
    return out;
  }
  /// The facts in short: "planned 1, signed 1/1, …" (submission, attempt).
  std::string story() {
    std::string out;
    for (const auto& fact : facts()) {
      const auto words = in_words(fact.read());
      if (!words.empty()) out += (out.empty() ? "" : ", ") + words;
    }
    return out;
  }
  /// The bytes of an attempt as logged.
  Bytes raw_of(std::uint64_t id, std::uint32_t number) {
    return copy(attempt(id, number).getRaw());
  }
  AttemptTerms terms_of(std::uint64_t id, std::uint32_t number) {
    const auto terms = attempt(id, number).getAttempt();
    return {terms.getNonce(), terms.getGasLimit(), from_word(fixed<Hash32>(terms.getMaxFee())),
            from_word(fixed<Hash32>(terms.getMaxPriorityFee()))};
  }
  Board::Sending shown() const { return board->get<Board::Sending>(); }

  SubmitGround& ground;
  Stage stage;
  Meters meters;
  std::shared_ptr<Board> board = std::make_shared<Board>();
  std::optional<LogReader> log;
  journal_actor journal;
  round_manager_actor rounds;
  submitter_actor submitter;

 private:
  template <class Visit>
  void each_record(Visit visit) {
    const auto shown = log->scan(1, UINT64_MAX, [&](std::uint64_t, BytesView value) {
      visit(*decode_record(value));
      return true;
    });
    BOOST_REQUIRE(shown.has_value());
  }

  // As the node does it: the rules are in the log before the submitter is there.
  void begin(Submissions& state) {
    auto decision = decide(state, rules_command(ground.rules).read());
    apply_all<schema::SubmissionsFact>(state, decision);
    stage.ask<Receipt>(journal, Append{std::move(decision), 0});
    run();
  }

  schema::AttemptSigned::Reader attempt(std::uint64_t id, std::uint32_t number) {
    kept_ = facts();
    for (const auto& fact : kept_) {
      const auto reader = fact.read();
      if (!reader.isSigned() && !reader.isReplaced()) continue;
      const auto found = reader.isSigned() ? reader.getSigned() : reader.getReplaced();
      if (found.getId() == id && found.getNumber() == number) return found;
    }
    BOOST_FAIL("no such attempt");
    return {};
  }

  static std::string in_words(schema::SubmissionsFact::Reader fact) {
    using Fact = schema::SubmissionsFact;
    const auto of = [](auto reader) { return " " + std::to_string(reader.getId()); };
    const auto at = [&](auto reader) {
      return of(reader) + "/" + std::to_string(reader.getNumber());
    };
    switch (fact.which()) {
      case Fact::NONE:
      case Fact::PARAMETERS_SET:
        return {};
      case Fact::PLANNED:
        return "planned" + of(fact.getPlanned());
      case Fact::SIGNED:
        return "signed" + at(fact.getSigned());
      case Fact::SENT:
        return "sent" + at(fact.getSent());
      case Fact::REPLACED:
        return "replaced" + at(fact.getReplaced());
      case Fact::STALLED:
        return "stalled" + of(fact.getStalled()) + " " + reason(fact.getStalled().getReason());
      case Fact::NONCE_TAKEN:
        return "nonceTaken" + of(fact.getNonceTaken());
      case Fact::FORGOTTEN:
        return "forgotten" + at(fact.getForgotten());
      case Fact::MINED:
        return "mined" + at(fact.getMined());
      case Fact::REVERTED:
        return "reverted" + at(fact.getReverted()) + " " + fact.getReverted().getReason().cStr();
      case Fact::ORPHANED:
        return "orphaned" + of(fact.getOrphaned());
      case Fact::SETTLED:
        return "settled" + of(fact.getSettled());
      case Fact::GIVEN_UP:
        return "givenUp" + of(fact.getGivenUp());
    }
    return "?";
  }
  static std::string reason(StallReason why) {
    switch (why) {
      case StallReason::NONE:
        return "none";
      case StallReason::NO_FUNDS:
        return "noFunds";
      case StallReason::FEE_CAP:
        return "feeCap";
      case StallReason::WOULD_REVERT:
        return "wouldRevert";
      case StallReason::ENDPOINT_REFUSES:
        return "endpointRefuses";
      case StallReason::NOT_SIGNED:
        return "notSigned";
    }
    return "?";
  }

  std::vector<Msg<schema::SubmissionsFact>> kept_;
};

/// A house that can be left and entered again on the same ground.
struct SubmitScene {
  SubmitHouse& start() {
    house.reset();
    house = std::make_unique<SubmitHouse>(ground);
    house->run();
    return *house;
  }
  /// Planned, signed and sent.
  SubmitHouse& sent() {
    auto& on = start();
    on.plan(submission_slot(2));
    on.pass();
    BOOST_TEST(on.story() == "planned 1, signed 1/1, sent 1/1");
    return on;
  }

  SubmitGround ground;
  std::unique_ptr<SubmitHouse> house;
};

}  // namespace horae::test
