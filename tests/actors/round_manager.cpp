#include "actors/mpc_round_manager.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/journal.hpp"
#include "edges/local_member.hpp"
#include "tests/fixture/print.hpp"
#include "tests/fixture/signing.hpp"
#include "tests/fixture/stage.hpp"
#include "tests/storage/directory.hpp"

namespace {

// What a scripted member shall answer to the digest that it was asked for as the which-th.
struct Say {
  std::size_t which = 0;
  horae::SignAnswer answer;
};

}  // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(Say)

using namespace horae;
using namespace horae::test;

namespace {

struct HandClock : Clock {
  std::uint64_t ms = 1'700'000'000'000;
  [[nodiscard]] std::uint64_t now_ms() const override { return ms; }
};

// What the log composes, as the world and the sequence see it.
using Composed = std::map<SlotName, Msg<schema::Content>>;
std::optional<Msg<schema::Content>> expected(const Composed& composed, const SlotName& slot) {
  const auto found = composed.find(slot);
  return found == composed.end() ? std::nullopt : std::optional(found->second);
}

// The MPC part of the sequence: the shared domain's rules, and the journal.
class SequenceOfTwo : public mpc_sequence_actor::base {
 public:
  SequenceOfTwo(caf::actor_config& config, std::shared_ptr<const Composed> composed, Mpc state,
                journal_actor journal)
      : mpc_sequence_actor::base(config),
        composed_(std::move(composed)),
        state_(std::move(state)),
        journal_(std::move(journal)) {}
  behavior_type make_behavior() override {
    return {[this](const Msg<schema::MpcCommand>& command, Cause cause) {
      const auto slot = to_slot(command.read().getSign().getSlot());
      auto decision = decide(state_, command.read(), expected(*composed_, slot));
      apply_all<schema::MpcFact>(state_, decision);
      return this->delegate(journal_, Append{std::move(decision), cause});
    }};
  }

 private:
  std::shared_ptr<const Composed> composed_;
  Mpc state_;
  journal_actor journal_;
};

// A member that answers when the test says so.
using scripted_member = member_actor::extend<caf::reacts_to<Say>>;
struct Script {
  scripted_member member;
  std::vector<Hash32> asked;
  std::size_t answered = 0;

  void answer(std::size_t which, SignAnswer answer) { caf::anon_send(member, Say{which, answer}); }
  void answer(std::size_t which, std::uint8_t key = 7) {
    answer(which, SignAnswer{sign(asked.at(which), secret(key))});
  }
};
class ScriptedMember : public scripted_member::base {
 public:
  ScriptedMember(caf::actor_config& config, std::shared_ptr<Script> script)
      : scripted_member::base(config), script_(std::move(script)) {}
  behavior_type make_behavior() override {
    return {
        [this](const SignDigest& wanted) {
          script_->asked.push_back(wanted.digest);
          return promises_.emplace_back(this->make_response_promise<SignAnswer>());
        },
        [this](const Say& said) {
          promises_.at(said.which).deliver(said.answer);
          ++script_->answered;
        },
    };
  }
  void on_exit() override { promises_.clear(); }

 private:
  std::shared_ptr<Script> script_;
  std::vector<caf::typed_response_promise<SignAnswer>> promises_;
};

// What outlives a crash.
struct SigningLand {
  Directory directory;
  std::shared_ptr<HandClock> clock = std::make_shared<HandClock>();
  std::shared_ptr<Composed> composed = std::make_shared<Composed>();
  std::vector<Address> members = {address_of_secret(7)};

  SigningLand() { composed->emplace(round_slot(2), content_of(1)); }
};

struct Folded {
  Mpc mpc;
  MpcRounds rounds;
  std::vector<schema::MpcFact::Which> kinds;
  JournalPosition position;
};
Folded fold_rounds(LogReader& log) {
  Folded out;
  const auto done = log.scan(1, UINT64_MAX, [&](std::uint64_t, BytesView value) {
    const auto record = decode_record(value);
    BOOST_REQUIRE(record.has_value());
    const auto fact = Msg<schema::MpcFact>::of(Message::trusted(record->payload));
    const auto kind = fact.read().which();
    if (kind == schema::MpcFact::KEY_CREATED || kind == schema::MpcFact::SLOT_SIGNED) {
      apply(out.mpc, fact.read());
    } else {
      apply(out.rounds, fact.read());
    }
    out.kinds.push_back(kind);
    out.position.pass(record->header, record_hash(*record));
    return true;
  });
  BOOST_REQUIRE(done.has_value());
  return out;
}

// The round manager between a journal on a real log, a scripted member, and a world and a sequence
// that know of this domain alone.
class Rounds {
 public:
  explicit Rounds(SigningLand& land, std::size_t map_bytes = 1u << 26) : ground(land) {
    auto opened = Environment::open({.directory = land.directory.path / "log",
                                     .access = Access::rebuildable,
                                     .tables = {"log"},
                                     .map_bytes = map_bytes});
    BOOST_REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().what));
    auto writer = std::make_unique<LogWriter>(*opened);
    log.emplace(*opened);
    auto given = folded();
    auto& system = stage.system;
    JournalOptions options;
    options.on_failure = [this](const Fault& fault) { failures.push_back(fault.what); };
    journal = spawn_journal(system, Threading::pooled, meters, board, std::move(writer), land.clock,
                            given.position, options);
    if (given.mpc.keys.empty()) create_key(given.mpc);
    world = system.spawn([composed = land.composed, this](world_actor::pointer) {
      return world_actor::behavior_type{[composed, this](const Msg<schema::WorldQuery>& query) {
        at_least.push_back(query.read().getAtLeast());
        const auto slot = to_slot(query.read().getSlot());
        const auto keys = state_message(part_of(folded().mpc, slot));
        return Msg<schema::WorldAnswer>::build([&](auto answer) {
          auto known = answer.initSlot();
          if (const auto content = expected(*composed, slot)) known.setContent(content->read());
          known.setKeys(Msg<schema::MpcState>::of(keys).read());
        });
      }};
    });
    sequence = system.spawn<SequenceOfTwo>(land.composed, given.mpc, journal);
    script->member = system.spawn<ScriptedMember>(script);
    manager = spawn_round_manager(system, meters.add("round manager"), land.clock, given.rounds,
                                  given.mpc, {{address_of_secret(7), script->member}}, world,
                                  journal, sequence);
  }
  ~Rounds() { crash(); }
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;

  void crash() {
    stage.drop(manager);
    stage.drop(script->member);
    stage.drop(sequence);
    stage.drop(world);
    stage.drop(journal);
  }
  void run() { stage.scheduler.run(); }
  bool step() { return stage.scheduler.try_run_once(); }
  void pass(std::uint64_t ms) {
    ground.clock->ms += ms;
    stage.scheduler.advance_time(std::chrono::milliseconds(ms));
    run();
  }
  AskedPtr<SignAnswer> ask(const SlotName& slot, const Msg<schema::Content>& content,
                           std::uint64_t nonce = 0) {
    return stage.ask<SignAnswer>(
        manager, open_round(slot, content, attempt_of(nonce), ground.clock->ms + 5000));
  }
  // The facts after KeyCreated.
  std::vector<schema::MpcFact::Which> kinds() {
    auto out = folded().kinds;
    out.erase(out.begin());
    return out;
  }
  Folded folded() { return fold_rounds(*log); }

  SigningLand& ground;
  Stage stage;
  Meters meters;
  std::shared_ptr<Board> board = std::make_shared<Board>();
  std::vector<std::string> failures;
  std::vector<std::uint64_t> at_least;  // what the world was to have folded at each question
  std::shared_ptr<Script> script = std::make_shared<Script>();
  std::optional<LogReader> log;
  journal_actor journal;
  world_actor world;
  mpc_sequence_actor sequence;
  round_manager_actor manager;

 private:
  // As the node does at its start.
  void create_key(Mpc& mpc) {
    auto decision = decide(mpc, KeyDraft{.members = ground.members}.command().read(), std::nullopt);
    BOOST_REQUIRE(decision.facts.size() == 1u);
    apply(mpc, Msg<schema::MpcFact>::of(decision.facts[0].payload).read());
    stage.ask<Receipt>(journal, Append{std::move(decision), 0});
    run();
  }
};

constexpr auto OPENED = schema::MpcFact::ROUND_OPENED;
constexpr auto SIGNED = schema::MpcFact::SLOT_SIGNED;
constexpr auto FINISHED = schema::MpcFact::ROUND_FINISHED;
constexpr auto TIMED_OUT = schema::MpcFact::ROUND_TIMED_OUT;
using FactKinds = std::vector<schema::MpcFact::Which>;

bool fails(const AskedPtr<SignAnswer>& asked, std::string_view words) {
  if (!asked->answer || asked->answer->signature) return false;
  const auto& what = asked->answer->signature.error().what;
  BOOST_TEST_MESSAGE(what);
  return what.find(words) != std::string::npos;
}
bool is_signed(const AskedPtr<SignAnswer>& asked, const Msg<schema::Content>& content,
               std::uint64_t nonce = 0) {
  if (!asked->answer || !asked->answer->signature) return false;
  const auto key = recover(test::digest_of(content, attempt_of(nonce)), *asked->answer->signature);
  return key && address_of(*key) == address_of_secret(7);
}

const SlotName slot = round_slot(2);
const auto first = content_of(1);
const auto second_content = content_of(2);

}  // namespace

BOOST_AUTO_TEST_SUITE(round_manager)

BOOST_AUTO_TEST_CASE(nobody_is_asked_to_sign_before_the_round_is_durable) {
  SigningLand ground;
  Rounds node(ground);
  const auto asked = node.ask(slot, first);
  while (node.script->asked.empty()) {
    const auto opened = !node.kinds().empty();
    BOOST_REQUIRE(node.step());
    if (!node.script->asked.empty()) BOOST_TEST(opened);
  }
  BOOST_TEST((node.kinds() == FactKinds{OPENED}));
  node.run();
  BOOST_TEST(!asked->answer.has_value());
  node.script->answer(0);
  // No signature leaves before it is durable.
  while (!asked->answer) {
    const auto before = node.kinds();
    BOOST_REQUIRE(node.step());
    if (asked->answer) BOOST_TEST((before == FactKinds{OPENED, SIGNED, FINISHED}));
  }
  BOOST_TEST(is_signed(asked, first));
  BOOST_TEST(node.folded().rounds.open.empty());
}

BOOST_AUTO_TEST_CASE(the_world_is_asked_for_what_was_durable_when_the_round_was_asked_for) {
  SigningLand ground;
  Rounds node(ground);
  node.run();
  for (int times = 0; times < 2; ++times) {
    const auto durable = node.folded().position.seq;
    node.ask(slot, first, times == 0 ? 0 : 1);
    node.run();
    node.script->answer(node.script->asked.size() - 1);
    node.run();
    BOOST_TEST(node.at_least.back() == durable);
  }
  BOOST_TEST((node.at_least == std::vector<std::uint64_t>{1, 4}));
}

BOOST_AUTO_TEST_CASE(causes_are_told) {
  SigningLand ground;
  Rounds node(ground);
  node.ask(slot, first);
  node.run();
  node.script->answer(0);
  node.run();
  std::vector<std::uint64_t> causes;
  const auto done = node.log->scan(1, UINT64_MAX, [&](std::uint64_t, BytesView value) {
    causes.push_back(decode_record(value)->header.cause);
    return true;
  });
  BOOST_REQUIRE(done.has_value());
  // The key, the round, the signature of the round, its end by the signature.
  BOOST_TEST((causes == std::vector<std::uint64_t>{0, 0, 2, 3}));
}

BOOST_AUTO_TEST_CASE(a_disk_that_fails_lets_nothing_be_signed) {
  const StopsThrow stops;
  SigningLand ground;
  Rounds node(ground, 96 << 10);
  std::vector<AskedPtr<SignAnswer>> asked;
  // Each of its own commit, until the map is full.
  for (std::uint64_t batch = 3; node.failures.empty() && batch < 2000; ++batch) {
    ground.composed->insert_or_assign(round_slot(batch), first);
    const auto before = node.script->asked.size();
    asked.push_back(node.ask(round_slot(batch), first));
    while (node.failures.empty() && node.script->asked.size() == before && node.step()) {
    }
  }
  BOOST_REQUIRE(node.failures.size() == 1u);
  // One digest for each round that is in the log, none for the one that is not.
  BOOST_TEST(node.script->asked.size() == node.kinds().size());
  BOOST_TEST(node.script->asked.size() == asked.size() - 1);
  BOOST_TEST(asked.size() > 10u);
}

BOOST_AUTO_TEST_CASE(what_this_log_does_not_compose_opens_no_round) {
  SigningLand ground;
  Rounds node(ground);
  const auto unknown = node.ask(round_slot(3), first);
  const auto other = node.ask(slot, second_content);
  auto foreign = slot;
  foreign.key = address_of_secret(8);
  const auto wrong_key = node.ask(foreign, first);
  const auto late = node.stage.ask<SignAnswer>(
      node.manager, open_round(slot, first, attempt_of(0), ground.clock->ms));
  node.run();
  BOOST_TEST(fails(unknown, "composes nothing"));
  BOOST_TEST(fails(other, "composes another content"));
  BOOST_TEST(fails(wrong_key, "is not the key"));
  BOOST_TEST(fails(late, "deadline is over"));
  BOOST_TEST((node.kinds().empty() && node.script->asked.empty()));
}

BOOST_AUTO_TEST_CASE(a_second_content_is_refused_in_life) {
  SigningLand ground;
  Rounds node(ground);
  const auto asked = node.ask(slot, first);
  node.run();
  // Even if what this log composes has changed.
  ground.composed->insert_or_assign(slot, second_content);
  const auto during = node.ask(slot, second_content);
  node.run();
  BOOST_TEST(fails(during, "has another content"));
  node.script->answer(0);
  node.run();
  // And then the outcome is none of this log any more: it must not leave the node.
  BOOST_TEST(fails(asked, "the sequence refused it"));
  BOOST_TEST((node.kinds() == FactKinds{OPENED, TIMED_OUT}));
  const auto after = node.ask(slot, second_content);
  node.run();
  BOOST_TEST(fails(after, "has another content"));
  BOOST_TEST(node.script->asked.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_same_round_asked_for_twice_is_one_round) {
  SigningLand ground;
  Rounds node(ground);
  const auto one = node.ask(slot, first);
  const auto two = node.ask(slot, first);
  const auto other_attempt = node.ask(slot, first, 1);
  node.run();
  BOOST_TEST(fails(other_attempt, "under way with another attempt"));
  BOOST_TEST(node.script->asked.size() == 1u);
  node.script->answer(0);
  node.run();
  BOOST_TEST((is_signed(one, first) && is_signed(two, first)));
  BOOST_TEST((node.kinds() == FactKinds{OPENED, SIGNED, FINISHED}));
  // The same content with other fees is signed again, in a round of its own.
  const auto bumped = node.ask(slot, first, 1);
  node.run();
  node.script->answer(1);
  node.run();
  BOOST_TEST(is_signed(bumped, first, 1));
  BOOST_TEST((node.kinds() == FactKinds{OPENED, SIGNED, FINISHED, OPENED, SIGNED, FINISHED}));
}

BOOST_AUTO_TEST_CASE(a_member_that_is_silent_or_wrong_ends_the_round) {
  SigningLand ground;
  Rounds node(ground);
  const auto silent = node.ask(slot, first);
  node.run();
  node.pass(4999);
  BOOST_TEST(!silent->answer.has_value());
  node.pass(1);
  BOOST_TEST(fails(silent, "no answer before the round's deadline"));
  BOOST_TEST((node.kinds() == FactKinds{OPENED, TIMED_OUT}));
  BOOST_TEST(node.folded().rounds.timed_out == 1u);
  // A late answer signs nothing.
  node.script->answer(0);
  node.run();
  BOOST_TEST((node.kinds() == FactKinds{OPENED, TIMED_OUT}));

  const auto wrong = node.ask(slot, first);
  node.run();
  node.script->answer(1, 8);
  node.run();
  BOOST_TEST(fails(wrong, "signed by " + to_hex(address_of_secret(8))));
  BOOST_TEST((node.kinds() == FactKinds{OPENED, TIMED_OUT, OPENED, TIMED_OUT}));

  const auto unable = node.ask(slot, first);
  node.run();
  node.script->answer(2, SignAnswer{fail("out of ink")});
  node.run();
  BOOST_TEST(fails(unable, "out of ink"));

  const auto good = node.ask(slot, first);
  node.run();
  node.script->answer(3);
  node.run();
  BOOST_TEST(is_signed(good, first));
  // Its deadline passes without a word.
  node.pass(10'000);
  BOOST_TEST(node.kinds().size() == 9u);
}

BOOST_AUTO_TEST_CASE(the_clock_decides_and_no_timer) {
  SigningLand ground;
  Rounds node(ground);
  const auto asked = node.ask(slot, first);
  node.run();
  node.stage.scheduler.advance_time(std::chrono::milliseconds(6000));
  node.run();
  BOOST_TEST(!asked->answer.has_value());
  node.pass(5000);
  BOOST_TEST(fails(asked, "deadline"));
}

BOOST_AUTO_TEST_CASE(a_crash_before_the_signature_leaves_the_slot_its_content) {
  SigningLand ground;
  {
    Rounds node(ground);
    node.ask(slot, first);
    while (node.kinds().empty()) BOOST_REQUIRE(node.step());
    BOOST_TEST(node.script->asked.empty());
  }
  ground.composed->insert_or_assign(slot, second_content);
  Rounds node(ground);
  node.run();
  // What was open is over first.
  BOOST_TEST((node.kinds() == FactKinds{OPENED, TIMED_OUT}));
  const auto changed = node.ask(slot, second_content);
  node.run();
  BOOST_TEST(fails(changed, "has another content"));
  ground.composed->insert_or_assign(slot, first);
  const auto again = node.ask(slot, first, 1);
  node.run();
  node.script->answer(0);
  node.run();
  BOOST_TEST(is_signed(again, first, 1));
  BOOST_TEST((node.kinds() == FactKinds{OPENED, TIMED_OUT, OPENED, SIGNED, FINISHED}));
}

BOOST_AUTO_TEST_CASE(a_crash_between_signature_and_record_leaves_the_slot_its_content) {
  SigningLand ground;
  {
    Rounds node(ground);
    node.ask(slot, first);
    node.run();
    node.script->answer(0);
    while (node.script->answered == 0) BOOST_REQUIRE(node.step());
    BOOST_TEST((node.kinds() == FactKinds{OPENED}));
  }
  ground.composed->insert_or_assign(slot, second_content);
  Rounds node(ground);
  const auto changed = node.ask(slot, second_content);
  node.run();
  BOOST_TEST(fails(changed, "has another content"));
  BOOST_TEST((node.kinds() == FactKinds{OPENED, TIMED_OUT}));
}

BOOST_AUTO_TEST_CASE(a_crash_after_the_record_gives_the_same_signature_again) {
  SigningLand ground;
  {
    Rounds node(ground);
    const auto asked = node.ask(slot, first);
    node.run();
    node.script->answer(0);
    while (node.kinds().size() < 2) BOOST_REQUIRE(node.step());
    BOOST_TEST((node.kinds() == FactKinds{OPENED, SIGNED}));
    BOOST_TEST(!asked->answer.has_value());
  }
  Rounds node(ground);
  node.run();
  BOOST_TEST((node.kinds() == FactKinds{OPENED, SIGNED, TIMED_OUT}));
  const auto again = node.ask(slot, first);
  node.run();
  node.script->answer(0);
  node.run();
  BOOST_TEST(is_signed(again, first));
  // It is on record already: no second SlotSigned.
  BOOST_TEST((node.kinds() == FactKinds{OPENED, SIGNED, TIMED_OUT, OPENED, FINISHED}));
}

BOOST_AUTO_TEST_CASE(a_key_of_several_members_is_refused_in_plain_words) {
  SigningLand ground;
  ground.members = {Address{{1}}, Address{{2}}};
  Rounds node(ground);
  const auto asked = node.ask(slot, first);
  node.run();
  BOOST_TEST(fails(asked, "2 members: rounds between several nodes are not built yet"));
  BOOST_TEST(node.kinds().empty());
}

BOOST_AUTO_TEST_CASE(the_only_member_is_this_node) {
  LocalMember local(std::make_shared<const SecretKey>(secret(7)));
  const auto digest = sha256(as_bytes("anything"));
  const auto signature = local.sign(digest);
  BOOST_REQUIRE(signature.has_value());
  BOOST_TEST(address_of(*recover(digest, *signature)) == address_of_secret(7));
  Stage stage;
  auto edge =
      spawn_member(stage.system, Threading::pooled, std::make_shared<ActorMeter>("member"),
                   std::make_shared<LocalMember>(std::make_shared<const SecretKey>(secret(7))));
  const auto asked = stage.ask<SignAnswer>(edge, SignDigest{digest});
  stage.scheduler.run();
  BOOST_TEST(asked->answer->signature.value() == *signature);
  stage.drop(edge);
}

BOOST_AUTO_TEST_SUITE_END()
