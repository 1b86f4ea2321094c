#include "actors/pool_sequence.hpp"

#include "actors/journal.hpp"
#include "actors/proposer.hpp"
#include "actors/sequence_for_consensus.hpp"
#include "events/pool/input.hpp"
#include "tests/fixture/house.hpp"
#include "tests/fixture/pool_genesis.hpp"
#include "tests/fixture/print.hpp"

// The sequence of a pool on the stage: what it gives to consensus, what consensus asks of it, and
// who is answered when.
using namespace horae;
using namespace horae::test;

namespace {

// Consensus' door for inputs: keeps what it was given.
class ScriptedDoor : public ProposePort {
 public:
  Result<TxnOutcome> propose(BytesView input) override {
    given.emplace_back(input.begin(), input.end());
    if (silent) return fail("consensus is not there");
    return answer;
  }
  void cancel() override {}

  std::vector<Bytes> given;
  bool silent = false;
  TxnOutcome answer;
};

struct WhoIsIt {
  std::uint8_t key = 1;  // the first leads
  std::string endpoint = {};
  std::vector<std::uint64_t> powers{10, 10, 10, 10};
  std::uint64_t keep_heights = 0;
  std::optional<Msg<schema::RuleChange>> change = {};
  std::uint64_t begun_ms = Board::now_ms();
};

// A member's sequence over a log that lasts.
class MemberHouse {
 public:
  explicit MemberHouse(Ground& ground, const WhoIsIt& me = {})
      : genesis(genesis_of(me.powers)), members_(me.powers.size()) {
    auto opened = Environment::open({.directory = ground.log(),
                                     .access = Access::rebuildable,
                                     .tables = {"log"},
                                     .map_bytes = std::size_t{1} << 28});
    BOOST_REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().what));
    auto writer = std::make_unique<LogWriter>(*opened);
    log.emplace(*opened);
    given = folded(*log);
    journal = spawn_journal(stage.system, Threading::pooled, meters, board, std::move(writer),
                            ground.clock, position_in(*log), {});
    proposer = spawn_proposer(stage.system, Threading::pooled, meters.add("proposer"), door);
    sequence = spawn_pool_sequence(stage.system, meters.add("sequence"), board, given.shared,
                                   given.local.progress,
                                   {genesis, std::make_shared<const SecretKey>(secret(me.key)),
                                    me.endpoint, me.change, me.keep_heights, me.begun_ms},
                                   journal, proposer);
    run();
  }
  ~MemberHouse() {
    stage.drop(sequence);
    stage.drop(proposer);
    stage.drop(journal);
  }
  MemberHouse(const MemberHouse&) = delete;
  MemberHouse& operator=(const MemberHouse&) = delete;

  void run() { stage.scheduler.run(); }
  void pass(std::chrono::milliseconds time) {
    // In steps of a tick: each begins the next one.
    for (; time.count() > 0; time -= std::chrono::milliseconds(250)) {
      stage.scheduler.advance_time(std::chrono::milliseconds(250));
      run();
    }
  }

  template <class Command>
  AskedPtr<Receipt> tell(const Msg<Command>& command, Cause after = 0) {
    auto out = stage.ask<Receipt>(sequence, command, after);
    run();
    return out;
  }
  template <class Answer, class Question>
  Answer ask(Question question) {
    const auto asked = stage.ask<Answer>(sequence, question);
    run();
    BOOST_REQUIRE(asked->answer.has_value());
    return *asked->answer;
  }
  Result<Hash32> begin_pool(std::string_view name = "test-pool") {
    return ask<PoolBegun>(BeginPool{{std::string(name), {}, app_state_of(genesis)}}).app_hash;
  }
  Result<BlockOutcome> settle(std::uint64_t height, std::vector<Bytes> inputs,
                              std::uint64_t salt = 0) {
    return ask<BlockSettled>(
               SettleBlock{{height, hash(height + (salt << 32)), std::move(inputs), {}, {}, {}}})
        .outcome;
  }
  Result<std::uint64_t> apply() { return ask<BlockApplied>(ApplyBlock{}).retained; }
  BlockOutcome height(std::uint64_t number, std::vector<Bytes> inputs = {}) {
    auto out = settle(number, std::move(inputs));
    BOOST_REQUIRE_MESSAGE(out.has_value(), (out ? "" : out.error().what));
    BOOST_REQUIRE(apply().has_value());
    return std::move(*out);
  }
  // The founding, and the locking pool with this member Active in it.
  void found_and_lock() {
    BOOST_REQUIRE(begin_pool().has_value());
    height(1);
    agree(2, timed_opening());
    agree(3, Scene::block(20, {locked_by_secret(1, 1, metis(10), metis(10))}));
    agree(4, advance_to(60, 0));
  }
  // All report it in one height.
  void agree(std::uint64_t number, const Msg<schema::LockingCommand>& command) {
    const auto place = world().shared.pool.place;
    std::vector<Bytes> inputs;
    for (std::uint8_t member = 1; member <= members_; ++member) {
      inputs.push_back(input_of(member, report_command(place, command.read())));
    }
    height(number, std::move(inputs));
    BOOST_REQUIRE(world().shared.pool.place == place + 1);
  }
  static Bytes input_of(std::uint8_t member, const Msg<schema::SharedCommand>& command) {
    static std::uint64_t numbers = 0;
    const auto input = sign_input("test-pool", ++numbers, command, secret(member));
    return Bytes(input.bytes().begin(), input.bytes().end());
  }
  [[nodiscard]] World world() { return folded(*log); }
  [[nodiscard]] std::uint64_t end() { return log->last_seq().value(); }

  Msg<schema::PoolGenesis> genesis;
  Stage stage;
  Meters meters;
  std::shared_ptr<Board> board = std::make_shared<Board>();
  std::shared_ptr<ScriptedDoor> door = std::make_shared<ScriptedDoor>();
  std::optional<LogReader> log;
  World given;
  journal_actor journal;
  proposer_actor proposer;
  pool_sequence_actor sequence;

 private:
  std::size_t members_;
};

Msg<schema::RewardsCommand> any_close() {
  return Msg<schema::RewardsCommand>::build(
      [](auto root) { root.initClose().setTimestamp(genesis_time); });
}

Msg<schema::BlocksCommand> next_block(const World& world) {
  Draft draft(world.shared.blocks);
  draft.before_signing = [&](Draft::Header header) {
    header.getL1Origin().setNumber(world.shared.locking.confirmed_head->number);
    header.getL1Origin().setHash(data(world.shared.locking.confirmed_head->hash));
  };
  return draft.command();
}

std::string reason_of(const AskedPtr<Receipt>& asked) {
  BOOST_REQUIRE(asked->answer.has_value());
  const auto receipt = asked->answer->read();
  return receipt.isAccepted() ? "" : schema_name(receipt.getRejected().getReason());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pool_sequence)

BOOST_AUTO_TEST_CASE(a_pool_begins_once_and_with_its_genesis_alone) {
  Ground ground;
  {
    MemberHouse house(ground);
    BOOST_TEST(!house.begin_pool("other-pool").has_value());
    const auto begun = house.begin_pool();
    BOOST_REQUIRE(begun.has_value());
    // Consensus that ended before its first height asks again.
    BOOST_TEST((*house.begin_pool() == *begun));
    BOOST_TEST(house.end() == 0u);
    house.height(1);
    BOOST_TEST(house.world().shared.pool.is_founded());
  }
  MemberHouse again(ground);
  const auto refused = again.begin_pool();
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what.find("begins anew") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_proposes_is_answered_when_the_height_is_durable) {
  Ground ground;
  MemberHouse house(ground);
  house.found_and_lock();
  const auto end = house.end();
  const auto asked = house.tell(next_block(house.world()));
  const auto refused = house.tell(any_close());
  BOOST_REQUIRE(house.door->given.size() == 2u);
  BOOST_REQUIRE(house.settle(5, house.door->given).has_value());
  BOOST_TEST((!asked->answer && !refused->answer));
  const auto commits = house.board->get<Board::Journal>().commits;
  BOOST_REQUIRE(house.apply().has_value());
  BOOST_TEST(house.board->get<Board::Journal>().commits == commits + 1);
  // The input's own facts are between InputProposed and those of the height.
  BOOST_TEST(reason_of(asked) == "");
  BOOST_TEST(asked->answer->read().getAccepted() > end + 1);
  BOOST_TEST(asked->answer->read().getAccepted() < house.end());
  BOOST_TEST(reason_of(refused) == "malformed");
  const auto world = house.world();
  BOOST_TEST(world.shared.blocks.head.number == 1u);
  BOOST_TEST(world.local.progress.applied.height == 5u);
  BOOST_TEST(!world.local.progress.proposed.has_value());
}

BOOST_AUTO_TEST_CASE(a_block_is_durable_before_it_leaves_and_the_same_after_a_restart) {
  Ground ground;
  Bytes first;
  {
    MemberHouse house(ground);
    house.found_and_lock();
    const auto block = next_block(house.world());
    house.stage.ask<Receipt>(house.sequence, block, Cause{0});
    while (house.door->given.empty()) {
      BOOST_REQUIRE(house.stage.scheduler.try_run_once());
      if (!house.door->given.empty()) BOOST_TEST(house.world().local.progress.proposed.has_value());
    }
    first = house.door->given.front();
    // Another one waits until consensus has ordered the first.
    BOOST_TEST(reason_of(house.tell(block)) == "notNext");
    BOOST_TEST(house.door->given.size() == 1u);
  }
  {
    MemberHouse house(ground);
    BOOST_REQUIRE(house.door->given.size() == 1u);
    BOOST_TEST((house.door->given.front() == first));
    house.height(5, {first});
    BOOST_TEST(house.world().shared.blocks.head.number == 1u);
    BOOST_TEST(house.tell(next_block(house.world()))->answer.has_value() == false);
    BOOST_TEST(house.door->given.size() == 2u);
  }
}

BOOST_AUTO_TEST_CASE(consensus_is_asked_again_until_it_answers) {
  using namespace std::chrono_literals;
  Ground ground;
  MemberHouse house(ground);
  house.found_and_lock();
  house.door->silent = true;
  const auto asked = house.tell(any_close());
  BOOST_TEST(house.door->given.size() == 1u);
  house.pass(2s);
  BOOST_TEST(house.door->given.size() == 1u);
  house.pass(2s);
  BOOST_REQUIRE(house.door->given.size() == 2u);
  BOOST_TEST((house.door->given[1] == house.door->given[0]));
  BOOST_TEST(!asked->answer.has_value());
  // What it refuses at its door is answered by that.
  house.door->silent = false;
  house.door->answer = house.ask<TxnOutcome>(
      CheckInput{MemberHouse::input_of(9, report_command(3, advance_to(70, 0).read()))});
  house.pass(4s);
  BOOST_TEST(reason_of(asked) == "notMember");
  const auto given = house.door->given.size();
  house.pass(10s);
  BOOST_TEST(house.door->given.size() == given);
}

BOOST_AUTO_TEST_CASE(a_height_is_settled_once) {
  Ground ground;
  MemberHouse house(ground);
  house.found_and_lock();
  const auto input = MemberHouse::input_of(2, report_command(3, advance_to(70, 0).read()));
  const auto first = house.settle(5, {input});
  const auto again = house.settle(5, {input});
  BOOST_REQUIRE((first && again));
  BOOST_TEST((first->app_hash == again->app_hash));
  BOOST_TEST(!house.settle(5, {input}, 1).has_value());  // another block of the height
  BOOST_TEST(!house.settle(6, {}).has_value());
  BOOST_REQUIRE(house.apply().has_value());
  BOOST_TEST(!house.apply().has_value());
  BOOST_TEST(!house.settle(5, {input}).has_value());
  BOOST_TEST(!house.settle(7, {}).has_value());
  BOOST_TEST(house.ask<AppliedBlock>(AskApplied{}).height == 5u);
  BOOST_TEST((house.ask<AppliedBlock>(AskApplied{}).app_hash == first->app_hash));
  BOOST_TEST(house.world().shared.pool.reports.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_height_that_is_asked_for_twice_is_appended_once) {
  Ground ground;
  MemberHouse house(ground);
  house.found_and_lock();
  BOOST_REQUIRE(house.settle(5, {}).has_value());
  const auto end = house.end();
  const auto first = house.stage.ask<BlockApplied>(house.sequence, ApplyBlock{});
  const auto again = house.stage.ask<BlockApplied>(house.sequence, ApplyBlock{});
  house.run();
  BOOST_REQUIRE((first->answer && again->answer));
  BOOST_TEST(first->answer->retained.has_value());
  BOOST_TEST(again->answer->retained.has_value());
  BOOST_TEST(house.end() == end + 1);
  house.height(6);
}

BOOST_AUTO_TEST_CASE(consensus_keeps_its_newest_blocks_and_those_whose_headers_are_wanted) {
  Ground ground;
  MemberHouse house(ground, {.keep_heights = 3});
  const auto needed_after = [&](std::uint64_t height) {
    BOOST_REQUIRE(house.settle(height, {}).has_value());
    return house.apply().value();
  };
  BOOST_REQUIRE(house.begin_pool().has_value());
  BOOST_TEST(needed_after(1) == 0u);
  BOOST_TEST(needed_after(2) == 0u);
  BOOST_TEST(needed_after(3) == 1u);
  BOOST_TEST(needed_after(4) == 2u);
  // What was founded at the first stands in the second's header.
  BOOST_TEST(needed_after(5) == 2u);
  const auto kept = house.ask<Receipt>(KeepHeader{2, Bytes(8, 1)});
  BOOST_REQUIRE(kept.read().isAccepted());
  BOOST_TEST(needed_after(6) == 4u);
}

BOOST_AUTO_TEST_CASE(consensus_that_begins_anew_is_told_of_what_is_on_its_way) {
  Ground ground;
  MemberHouse house(ground);
  house.found_and_lock();
  const auto input = MemberHouse::input_of(2, report_command(3, advance_to(70, 0).read()));
  BOOST_REQUIRE(house.settle(5, {input}).has_value());
  const auto end = house.end();
  const auto lost = house.stage.ask<BlockApplied>(house.sequence, ApplyBlock{});
  const auto asked = house.stage.ask<AppliedBlock>(house.sequence, AskApplied{});
  while (house.end() == end) {
    BOOST_TEST(!asked->answer.has_value());
    BOOST_REQUIRE(house.stage.scheduler.try_run_once());
  }
  house.run();
  BOOST_REQUIRE(asked->answer.has_value());
  BOOST_TEST(asked->answer->height == 5u);
  BOOST_TEST(lost->answer.has_value());
}

BOOST_AUTO_TEST_CASE(what_members_do_not_say_is_refused_at_the_door) {
  Ground ground;
  MemberHouse house(ground);
  house.found_and_lock();
  const auto code = [&](const Bytes& input) {
    return house.ask<TxnOutcome>(CheckInput{input}).code;
  };
  const auto report = report_command(3, advance_to(70, 0).read());
  const auto good = MemberHouse::input_of(2, report);
  BOOST_TEST(code(good) == 0u);
  const auto refused = [](Reason reason) { return 100 + static_cast<std::uint32_t>(reason); };
  BOOST_TEST(code(MemberHouse::input_of(5, report)) == refused(Reason::NOT_MEMBER));
  BOOST_TEST(code(Bytes(64, 7)) == refused(Reason::MALFORMED));
  BOOST_TEST(code({}) == refused(Reason::MALFORMED));
  const auto odd = Msg<schema::SharedCommand>::build(
      [](auto root) { root.initRewards().initReopen().setBatchId(data(Bytes(7, 1))); });
  BOOST_TEST(code(MemberHouse::input_of(2, odd)) == refused(Reason::MALFORMED));
  const auto outcome = house.height(5, {good, MemberHouse::input_of(5, report), Bytes(64, 7)});
  BOOST_REQUIRE(outcome.txns.size() == 3u);
  BOOST_TEST(outcome.txns[0].code == 0u);
  BOOST_TEST(outcome.txns[1].code == 1u);
  BOOST_TEST(outcome.txns[2].code == 1u);
  BOOST_TEST(code(good) == 2u);  // known
}

BOOST_AUTO_TEST_CASE(a_report_is_answered_by_what_the_pool_agrees_on) {
  using namespace std::chrono_literals;
  Ground ground;
  MemberHouse house(ground);
  house.found_and_lock();
  const auto known = house.end();
  const auto report_of = [](std::uint8_t member, std::uint64_t place, std::uint64_t head) {
    return MemberHouse::input_of(member, report_command(place, advance_to(head, 0).read()));
  };
  // The same as the others'.
  auto asked = house.tell(advance_to(68, 0), known);
  BOOST_REQUIRE(house.door->given.size() == 1u);
  house.height(5, {house.door->given[0], report_of(2, 3, 68)});
  BOOST_TEST(!asked->answer.has_value());
  house.height(6, {report_of(3, 3, 68)});
  BOOST_TEST(reason_of(asked) == "");
  BOOST_TEST(asked->answer->read().getAccepted() == house.end());
  BOOST_TEST(house.world().shared.locking.confirmed_head->number == 68u);
  // Another one than theirs.
  asked = house.tell(advance_to(72, 0), house.end());
  house.height(7, {report_of(2, 4, 76), report_of(3, 4, 76), report_of(4, 4, 76)});
  BOOST_TEST(reason_of(asked) == "notAgreed");
  // Nobody else says anything.
  asked = house.tell(advance_to(84, 0), house.end());
  house.pass(1s);
  BOOST_TEST(!asked->answer.has_value());
  house.pass(500ms);
  BOOST_TEST(reason_of(asked) == "notAgreed");
}

BOOST_AUTO_TEST_CASE(what_was_read_on_top_of_something_else_is_not_reported) {
  Ground ground;
  MemberHouse house(ground);
  house.found_and_lock();
  const auto known = house.end();
  house.agree(5, advance_to(68, 0));
  const auto given = house.door->given.size();
  BOOST_TEST(reason_of(house.tell(advance_to(76, 0), known)) == "notAgreed");
  // Agreed on, and not durable yet.
  const auto end = house.end();
  std::vector<Bytes> inputs;
  for (std::uint8_t member = 2; member <= 4; ++member) {
    inputs.push_back(MemberHouse::input_of(member, report_command(4, advance_to(76, 0).read())));
  }
  BOOST_REQUIRE(house.settle(6, inputs).has_value());
  BOOST_TEST(reason_of(house.tell(advance_to(84, 0), end)) == "notAgreed");
  BOOST_REQUIRE(house.apply().has_value());
  BOOST_TEST(house.door->given.size() == given);
  house.tell(advance_to(84, 0), house.end());
  BOOST_TEST(house.door->given.size() == given + 1);
}

BOOST_AUTO_TEST_CASE(who_joins_says_that_it_runs_once_it_is_active) {
  using namespace std::chrono_literals;
  Ground ground;
  MemberHouse house(ground, {.key = 5, .endpoint = "id@host:1"});
  house.found_and_lock();
  house.pass(5s);
  BOOST_TEST(house.door->given.empty());
  house.agree(5, Scene::block(61, {locked_by_secret(2, 5, metis(10), metis(20))}, 0,
                              Scene::block_hash(60)));
  house.pass(1s);
  BOOST_REQUIRE(house.door->given.size() == 1u);
  house.height(6, {house.door->given.front()});
  BOOST_TEST(house.world().shared.pool.ready.contains(address_of_secret(5)));
  house.pass(10s);
  BOOST_TEST(house.door->given.size() == 1u);
}

// Two words of one member may be ordered the newer one first, and the older one then says nothing.
BOOST_AUTO_TEST_CASE(where_it_is_reached_is_said_again_where_a_newer_word_overtakes_it) {
  using namespace std::chrono_literals;
  Ground ground;
  MemberHouse house(ground, {.endpoint = "id@host:1"});
  house.found_and_lock();
  const auto endpoint = [&] {
    return house.world().shared.pool.members.at(address_of_secret(1)).endpoint;
  };
  const auto ready_words = [&] {
    std::vector<Bytes> out;
    for (const auto& given : house.door->given) {
      const auto input = Msg<schema::PoolInput>::parse(given);
      const auto command = Msg<schema::SharedCommand>::parse(view(input->read().getCommand()));
      if (command->read().isPool() && command->read().getPool().isBeReady()) out.push_back(given);
    }
    return out;
  };
  house.pass(1s);
  BOOST_REQUIRE(ready_words().size() == 1u);
  const auto first = ready_words().front();
  const auto number = Msg<schema::PoolInput>::parse(first)->read().getNumber();
  const auto absence = Msg<schema::SharedCommand>::build([](auto root) {
    root.initPool().initTellAbsent().initSigners(1).set(0, data(address_of_secret(2)));
  });
  const auto newer = sign_input("test-pool", number + 100, absence, secret(1));
  house.height(5, {Bytes(newer.bytes().begin(), newer.bytes().end()), first});
  BOOST_TEST(endpoint() == "");
  house.pass(1s);
  BOOST_REQUIRE(ready_words().size() == 2u);
  house.height(6, {ready_words().back()});
  BOOST_TEST(endpoint() == "id@host:1");
  house.pass(10s);
  BOOST_TEST(ready_words().size() == 2u);
}

BOOST_AUTO_TEST_CASE(consensus_and_a_node_that_settles_at_once_come_to_the_same_state) {
  const std::vector<std::uint64_t> alone{10};
  SharedState at_once;
  BOOST_REQUIRE(found(at_once, genesis_of(alone).read()).has_value());
  std::vector<Bytes> inputs;
  const auto settled = [&](const Msg<schema::SharedCommand>& command) {
    inputs.push_back(MemberHouse::input_of(1, command));
    const auto input = check_input("test-pool", inputs.back());
    return settle(at_once, input->command.read(), {input->sender, input->number});
  };
  const auto report = [&](const Msg<schema::LockingCommand>& command) {
    BOOST_TEST(settled(report_command(at_once.pool.place, command.read())).ok());
  };
  const auto seal = [&] {
    World world;
    world.shared = at_once;
    const auto block = next_block(world);
    return settled(
        Msg<schema::SharedCommand>::build([&](auto root) { root.setBlocks(block.read()); }));
  };
  report(timed_opening());
  report(Scene::block(20, {locked_by_secret(1, 1, metis(20000), metis(20000))}));
  BOOST_TEST(!settled(report_command(9, advance_to(50, 0).read())).ok());
  report(advance_to(60, 30));
  BOOST_TEST(seal().ok());
  BOOST_TEST(!settled(Msg<schema::SharedCommand>::build([](auto root) {
                root.setRewards(any_close().read());
              })).ok());
  report(advance_to(68, 38));
  BOOST_TEST(seal().ok());

  // One, two, three of them in a height.
  Ground ground;
  MemberHouse house(ground, {.powers = alone});
  BOOST_REQUIRE(house.begin_pool().has_value());
  std::uint64_t number = 0;
  for (auto next = inputs.begin(); next != inputs.end();) {
    const auto count = std::min<std::ptrdiff_t>(++number % 3 + 1, inputs.end() - next);
    std::vector<Bytes> block;
    for (const auto end = next + count; next != end; ++next) {
      block.push_back(*next);
    }
    const auto outcome = house.height(number, std::move(block));
    BOOST_TEST((outcome.app_hash == app_hash(house.world().shared.digests)));
  }
  BOOST_TEST((state_hash(house.world().shared) == state_hash(at_once)));
  BOOST_TEST((app_hash(house.world().shared.digests) == app_hash(at_once.digests)));
}

BOOST_AUTO_TEST_CASE(whoever_signs_nothing_for_a_day_is_told_to_be_away) {
  using namespace std::chrono_literals;
  Ground ground;
  MemberHouse house(ground);
  house.found_and_lock();
  house.stage.scheduler.advance_time(24h);
  for (std::uint64_t number = 5; number < 105; ++number) house.height(number);
  const auto given = house.door->given.size();
  house.pass(250ms);
  BOOST_REQUIRE(house.door->given.size() == given + 1);
  const auto input = check_input("test-pool", house.door->given.back());
  BOOST_REQUIRE(input->command.read().getPool().isTellAbsent());
  BOOST_TEST(input->command.read().getPool().getTellAbsent().getSigners().size() == 3u);
  // It waits until that is ordered, and is known then.
  house.pass(500ms);
  BOOST_TEST(house.door->given.size() == given + 1);
  house.height(105, {house.door->given.back()});
  house.pass(500ms);
  BOOST_TEST(house.door->given.size() == given + 1);
  BOOST_TEST(house.world().shared.pool.absences.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_the_settings_want_of_the_rules_is_said_until_it_is_heard) {
  using namespace std::chrono_literals;
  Ground ground;
  const auto change = Msg<schema::RuleChange>::build([](auto root) {
    root.setFromBlock(99);
    root.setNeeds(known_rules() + 1);
  });
  MemberHouse house(ground, {.change = change});
  house.found_and_lock();
  house.pass(250ms);
  const auto newest = [&] { return check_input("test-pool", house.door->given.back()); };
  const auto first = newest();
  BOOST_REQUIRE(first->command.read().getPool().isChangeRules());
  // A later word of this member is ordered before it: it is said once more.
  const auto ready = Msg<schema::SharedCommand>::build([](auto root) {
    auto told = root.initPool().initBeReady();
    told.setPublicKey(data(public_key(secret(1))));
    told.setEndpoint("id@host:1");
  });
  const auto later = sign_input("test-pool", first->number + 1, ready, secret(1));
  house.height(5, {Bytes(later.bytes().begin(), later.bytes().end()), house.door->given.back()});
  BOOST_TEST(house.world().shared.pool.wished.empty());
  house.pass(500ms);
  BOOST_REQUIRE(newest()->number > first->number);
  BOOST_TEST(newest()->command.read().getPool().isChangeRules());
  const auto given = house.door->given.size();
  const auto again = sign_input("test-pool", first->number + 2, newest()->command, secret(1));
  house.height(6, {Bytes(again.bytes().begin(), again.bytes().end())});
  BOOST_TEST(house.world().shared.pool.wished.size() == 1u);
  house.pass(1s);
  BOOST_TEST(house.door->given.size() == given);
}

BOOST_AUTO_TEST_CASE(a_change_that_holds_already_is_not_wanted_once_more) {
  using namespace std::chrono_literals;
  Ground ground;
  const auto change = Msg<schema::RuleChange>::build([](auto root) {
    root.setFromBlock(50);  // and the pool agrees on block 60
    root.setNeeds(known_rules() + 1);
  });
  MemberHouse house(ground, {.change = change});
  house.found_and_lock();
  house.pass(1s);
  BOOST_TEST(house.door->given.empty());
}

BOOST_AUTO_TEST_CASE(what_a_member_says_is_newer_than_in_an_earlier_life_whatever_the_clock_says) {
  Ground ground;
  std::uint64_t before = 0;
  {
    MemberHouse house(ground);
    house.found_and_lock();
    house.tell(advance_to(68, 0), house.end());
    before = check_input("test-pool", house.door->given.back())->number;
    house.height(5, {house.door->given.back()});
    BOOST_TEST(house.world().shared.pool.reports.size() == 1u);
  }
  MemberHouse house(ground, {.begun_ms = 1});
  house.tell(advance_to(76, 0), house.end());
  const auto input = check_input("test-pool", house.door->given.back());
  BOOST_TEST(input->number > before);
  house.height(6, {house.door->given.back()});
  BOOST_TEST((house.world().shared.pool.reports.at(address_of_secret(1)).digest ==
              l1_digest(advance_to(76, 0).read())));
}

BOOST_AUTO_TEST_CASE(a_height_whose_rules_are_not_known_is_not_settled) {
  Ground ground;
  MemberHouse house(ground, {.powers = {10}});
  BOOST_REQUIRE(house.begin_pool().has_value());
  house.height(1);
  house.agree(2, timed_opening());
  const auto newer = Msg<schema::SharedCommand>::build([](auto root) {
    auto change = root.initPool().initChangeRules();
    change.setFromBlock(64);
    change.setNeeds(known_rules() + 1);
  });
  house.height(3, {MemberHouse::input_of(1, newer)});
  house.agree(4, advance_to(60, 0));
  const auto end = house.end();
  const auto place = house.world().shared.pool.place;
  const auto settled =
      house.settle(5, {MemberHouse::input_of(1, report_command(place, advance_to(68, 0).read()))});
  BOOST_REQUIRE(!settled.has_value());
  const auto wanted = "shared rules of version " + std::to_string(known_rules() + 1);
  BOOST_TEST(settled.error().what.find(wanted) != std::string::npos, settled.error().what);
  BOOST_TEST(!house.settle(5, {}).has_value());
  BOOST_TEST(!house.apply().has_value());
  BOOST_TEST(house.end() == end);
  BOOST_TEST(house.board->get<Board::Consensus>().rules_unknown == known_rules() + 1);
}

BOOST_AUTO_TEST_CASE(a_part_that_is_not_known_is_not_reported) {
  Ground ground;
  MemberHouse house(ground);
  house.found_and_lock();
  const auto lacking =
      Scene::block(70, {relocked(1, metis(1), metis(20001), 0, schema::SplitSource::UNKNOWN)});
  BOOST_TEST(reason_of(house.tell(lacking, house.end())) == "notAgreed");
  BOOST_TEST(house.door->given.empty());
}

BOOST_AUTO_TEST_SUITE_END()
