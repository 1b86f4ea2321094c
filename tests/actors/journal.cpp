#include <fcntl.h>

#include "tests/fixture/house.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

std::uint64_t commits(const House& house) { return house.board->get<Board::Journal>().commits; }

// Runs until the answer is there, and says what the log's end was just before each step.
template <class T>
void step_until(House& house, const AskedPtr<T>& asked, const std::function<void()>& before) {
  while (!asked->answer) {
    before();
    BOOST_REQUIRE(house.stage.scheduler.try_run_once());
  }
}

// The committer has been asked and has not begun: whatever else there is to do is done beside it.
class DiskAtWork {
 public:
  explicit DiskAtWork(House& house) : house_(house) {
    const auto& committer = *house_.meters.all()[1];
    while (committer.enqueued.load() == committer.handled.load()) {
      BOOST_REQUIRE(house_.stage.scheduler.try_run_once());
    }
    BOOST_REQUIRE(house_.stage.scheduler.jobs.size() == 1u);
    committer_ = house_.stage.scheduler.jobs.front();
  }
  void run_all_else() {
    auto& jobs = house_.stage.scheduler.jobs;
    while (jobs.size() > 1) {
      if (jobs.front() == committer_) std::rotate(jobs.begin(), jobs.begin() + 1, jobs.end());
      BOOST_REQUIRE(house_.stage.scheduler.try_run_once());
    }
  }

 private:
  House& house_;
  caf::resumable* committer_ = nullptr;
};

Append started() {
  Append out;
  out.decision.facts.push_back(
      make_fact<schema::NodeFact>([](auto fact) { fact.initNodeStarted().setStarts(1); }));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal)

BOOST_AUTO_TEST_CASE(a_house_comes_and_goes_and_leaves_nothing_open) {
  Ground ground;
  {
    House house(ground);
    house.run();
    // Askers whose answers never come, at the journal, the world and the accounts.
    house.query(1000, [](auto query) { query.setStatus(); });
    house.tell(submit_command({}));
    house.stage.ask<AccountAnswer>(house.accounts, AccountOf{account(1)});
    for (int step = 0; step < 6; ++step) house.stage.scheduler.try_run_once();
    BOOST_TEST(Environment::is_open(ground.log()));
  }
  BOOST_TEST(!Environment::is_open(ground.log()));
}

BOOST_AUTO_TEST_CASE(no_answer_before_its_commit) {
  Ground ground;
  House house(ground);
  house.run();
  const auto before = last_seq(*house.log);
  const auto asked = house.tell(submit_command({}));
  bool decided = false;
  step_until(house, asked, [&] {
    // The mempool has decided long before: nobody hears of it.
    decided = decided || house.meters.all()[3]->facts.load() == 1;
    if (decided && last_seq(*house.log) == before) BOOST_TEST(!asked->answer.has_value());
  });
  BOOST_TEST(decided);
  BOOST_TEST(last_seq(*house.log) == before + 1);
  BOOST_TEST(asked->answer->read().getAccepted() == before + 1);
}

BOOST_AUTO_TEST_CASE(many_decisions_are_one_commit) {
  Ground ground;
  House house(ground);
  house.run();
  const auto before = last_seq(*house.log);
  std::vector<AskedPtr<Receipt>> asked;
  for (std::uint64_t nonce = 0; nonce < 50; ++nonce) {
    asked.push_back(house.tell(submit_command({.nonce = nonce})));
  }
  house.run();
  // The first may have a commit of its own, what came meanwhile is grouped.
  BOOST_TEST(commits(house) <= 3u);
  BOOST_TEST(house.board->get<Board::Journal>().largest_batch >= 17u);
  BOOST_TEST(house.board->get<Board::Journal>().facts == 50u);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    BOOST_REQUIRE(asked[i]->answer.has_value());
    BOOST_TEST(asked[i]->answer->read().getAccepted() == before + i + 1);
  }
}

BOOST_AUTO_TEST_CASE(a_batch_has_its_bound_and_splits_no_decision) {
  Ground ground;
  HouseOptions options;
  options.journal.batch_facts = 3;
  House house(ground, options);
  house.run();
  const Offer old;
  std::vector<AskedPtr<Receipt>> asked{house.tell(submit_command(old))};
  for (unsigned n = 1; n < 20; ++n) {
    // Each replaces the last: decisions of two facts.
    const U256 fee = U256(100) << n;
    asked.push_back(house.tell(submit_command({.max_fee = fee, .tip = fee})));
  }
  house.run();
  for (const auto& one : asked) BOOST_TEST(one->answer->read().isAccepted());
  BOOST_TEST(house.board->get<Board::Journal>().largest_batch <= 3u);
  BOOST_TEST(commits(house) >= 13u);
  std::vector<bool> more;
  const auto shown =
      house.log->scan(house.given.seq + 1, UINT64_MAX, [&](std::uint64_t, BytesView value) {
        more.push_back(decode_record(value)->header.more);
        return true;
      });
  BOOST_REQUIRE(shown.has_value());
  BOOST_REQUIRE(more.size() == 39u);
  for (std::size_t i = 0; i < more.size(); ++i) BOOST_TEST(more[i] == (i % 2 == 1));
}

BOOST_AUTO_TEST_CASE(a_refusal_leaves_after_what_was_before_it) {
  Ground ground;
  House house(ground);
  house.run();
  const auto before = last_seq(*house.log);
  const auto admitted = house.tell(submit_command({}));
  const auto refusal = house.tell(submit_command({}));
  step_until(house, refusal, [&] {
    if (last_seq(*house.log) == before) BOOST_TEST(!refusal->answer.has_value());
  });
  BOOST_TEST(last_seq(*house.log) == before + 1);
  BOOST_TEST((refusal->answer->read().getRejected().getReason() == Reason::ALREADY_KNOWN));
  house.run();
  BOOST_TEST(admitted->answer->read().isAccepted());
}

BOOST_AUTO_TEST_CASE(a_barrier_tells_the_head) {
  Ground ground;
  House house(ground);
  house.run();
  const auto barrier = house.stage.ask<Receipt>(house.journal, Append{});
  house.run();
  BOOST_TEST(barrier->answer->read().getAccepted() == last_seq(*house.log));
  BOOST_TEST(commits(house) == 0u);
}

BOOST_AUTO_TEST_CASE(what_comes_while_the_disk_works_is_the_next_commit) {
  Ground ground;
  House house(ground);
  house.run();
  const auto head = last_seq(*house.log);
  const auto first = house.stage.ask<Receipt>(house.journal, started());
  DiskAtWork disk(house);
  std::vector<AskedPtr<Receipt>> then;
  for (int i = 0; i < 3; ++i) then.push_back(house.stage.ask<Receipt>(house.journal, started()));
  const auto barrier = house.stage.ask<Receipt>(house.journal, Append{});
  const auto tree = house.stage.ask<DurableTree>(house.journal, AskTree{});
  disk.run_all_else();
  BOOST_TEST(!first->answer.has_value());
  BOOST_TEST(!barrier->answer.has_value());
  BOOST_TEST(tree->answer->tree.size() == head);
  house.run();
  BOOST_TEST(first->answer->read().getAccepted() == head + 1);
  for (std::size_t i = 0; i < then.size(); ++i) {
    BOOST_TEST(then[i]->answer->read().getAccepted() == head + 2 + i);
  }
  BOOST_TEST(barrier->answer->read().getAccepted() == head + 4);
  BOOST_TEST(commits(house) == 2u);
  BOOST_TEST(folded(*house.log).seq == head + 4);
}

BOOST_AUTO_TEST_CASE(a_barrier_behind_a_commit_waits_for_it) {
  Ground ground;
  House house(ground);
  house.run();
  const auto head = last_seq(*house.log);
  house.stage.ask<Receipt>(house.journal, started());
  DiskAtWork disk(house);
  const auto barrier = house.stage.ask<Receipt>(house.journal, Append{});
  disk.run_all_else();
  BOOST_TEST(!barrier->answer.has_value());
  house.run();
  BOOST_TEST(barrier->answer->read().getAccepted() == head + 1);
  BOOST_TEST(commits(house) == 1u);
}

BOOST_AUTO_TEST_CASE(a_journal_that_ends_has_nothing_more_to_write) {
  Ground ground;
  House house(ground);
  house.run();
  const auto head = last_seq(*house.log);
  const auto asked = house.stage.ask<Receipt>(house.journal, started());
  DiskAtWork disk(house);
  house.stage.drop(house.journal);
  house.run();
  BOOST_TEST(!asked->answer.has_value());
  BOOST_TEST(last_seq(*house.log) == head);
}

BOOST_AUTO_TEST_CASE(followers_hear_of_what_is_durable) {
  Ground ground;
  House house(ground);
  house.run();
  const auto head = last_seq(*house.log);
  const auto behind = house.stage.ask<Durable>(house.journal, Beyond{head - 1});
  const auto ahead = house.stage.ask<Durable>(house.journal, Beyond{head});
  house.run();
  BOOST_TEST(behind->answer->seq == head);
  BOOST_TEST(!ahead->answer.has_value());
  house.tell(submit_command({}));
  house.run();
  BOOST_TEST(ahead->answer->seq == head + 1);
}

BOOST_AUTO_TEST_CASE(time_never_goes_back_and_causes_come_before) {
  Ground ground;
  House house(ground);
  house.tell(submit_command({}));
  house.run();
  ground.clock->ms -= 5000;
  const auto cause = last_seq(*house.log);
  house.stage.ask<Receipt>(house.mempool, submit_command({.nonce = 1}), Cause{cause});
  house.run();
  const auto last = house.log->get(last_seq(*house.log));
  const auto record = decode_record((*last)->value);
  BOOST_TEST(record->header.cause == cause);
  BOOST_TEST(record->header.time_ms == ground.clock->ms + 5000);
  const auto world = folded(*house.log);  // checks every link
  BOOST_TEST(world.seq == cause + 1);
}

BOOST_AUTO_TEST_CASE(a_full_disk_stops_the_node_and_acknowledges_nothing) {
  const StopsThrow stops;
  Ground ground;
  std::vector<std::string> failures;
  HouseOptions options;
  options.map_bytes = 96 << 10;
  options.journal.on_failure = [&](const Fault& fault) { failures.push_back(fault.what); };
  House house(ground, options);
  house.run();
  std::vector<AskedPtr<Receipt>> asked;
  // Each has a commit of its own, until the map is full. What an actor that ends has to say is its
  // own end; the askers after it hear that it is gone.
  for (std::uint8_t sender = 1; failures.empty() && sender < 250; ++sender) {
    for (std::uint64_t nonce = 0; nonce < 20 && failures.empty(); ++nonce) {
      asked.push_back(house.tell(submit_command({.sender = sender, .nonce = nonce})));
      while (failures.empty() && !asked.back()->answer && house.stage.scheduler.try_run_once()) {
      }
    }
  }
  BOOST_REQUIRE(failures.size() == 1u);
  BOOST_TEST((failures[0].find("append") != std::string::npos ||
              failures[0].find("commit") != std::string::npos));
  BOOST_TEST(!asked.back()->answer.has_value());
  std::uint64_t acknowledged = 0;
  for (const auto& one : asked) acknowledged += one->answer.has_value() ? 1 : 0;
  BOOST_TEST(acknowledged == last_seq(*house.log) - house.given.seq);
  BOOST_TEST(acknowledged > 10u);
}

BOOST_AUTO_TEST_SUITE_END()
