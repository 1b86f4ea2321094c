#include "actors/archive.hpp"

#include <boost/json.hpp>

#include "tests/fixture/house.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

using Answer = AskedPtr<Msg<schema::WorldAnswer>>;

// Rules of penalties, which are told in the statement of penalties: each time others.
Msg<schema::PenaltiesCommand> fault_rules(std::uint32_t points) {
  return Msg<schema::PenaltiesCommand>::build([&](auto command) {
    auto set = command.initSetParameters();
    set.setSkipAt(points);
    set.setSkipEpochs(2);
    auto list = set.initPoints(1);
    list[0].setKind(FaultKind::BROKEN_ORDER);
    list[0].setPoints(points);
  });
}

void set_rules(House& house, std::uint32_t times) {
  for (std::uint32_t points = 1; points <= times; ++points) {
    house.stage.ask<Receipt>(house.sequence, fault_rules(points), Cause{0});
  }
  house.run();
}

Answer ask_penalties(House& house) {
  return house.look_up(0, [](auto query) { query.initPenalties().setAll(true); });
}

// The scheduler goes on with the same actor as long as it has messages; here everybody has a turn.
void step_in_turn(House& house) {
  auto& jobs = house.stage.scheduler.jobs;
  if (jobs.size() > 1) std::rotate(jobs.begin(), jobs.begin() + 1, jobs.end());
  BOOST_REQUIRE(house.stage.scheduler.try_run_once());
}

boost::json::value json_of(const Answer& asked) {
  BOOST_REQUIRE(asked->answer.has_value());
  BOOST_REQUIRE(asked->answer->read().isJson());
  return boost::json::parse(asked->answer->read().getJson().cStr());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(archive)

BOOST_AUTO_TEST_CASE(a_question_waits_for_the_position_it_names) {
  Ground ground;
  House house(ground);
  house.run();
  const auto head = last_seq(*house.log);
  const auto asked =
      house.look_up(head + 1, [](auto query) { query.setFate(data(hash_of(Transfer{}))); });
  house.run();
  BOOST_TEST(!asked->answer.has_value());
  house.submit(raw_of(Transfer{}));
  BOOST_TEST(json_of(asked).at("status").as_string() == "pending");
  BOOST_TEST(asked->answer->read().getSeq() == head + 1);
}

BOOST_AUTO_TEST_CASE(a_short_question_does_not_wait_for_a_long_statement) {
  Ground ground;
  House house(ground, {.archive = {.slice_records = 1}});
  house.submit(raw_of(Transfer{}));
  set_rules(house, 50);
  const auto statement = ask_penalties(house), another = ask_penalties(house);
  // Both are being told by now.
  for (int step = 0; step < 20; ++step) step_in_turn(house);
  const auto fate = house.look_up(0, [](auto query) { query.setFate(data(hash_of(Transfer{}))); });
  while (!fate->answer) step_in_turn(house);
  BOOST_TEST(!statement->answer.has_value());
  house.run();
  BOOST_TEST(json_of(statement).at("rules").at("skipAt").to_number<int>() == 50);
  BOOST_TEST((json_of(statement) == json_of(another)));
}

BOOST_AUTO_TEST_CASE(a_statement_tells_only_what_its_question_came_after) {
  Ground ground;
  House house(ground, {.archive = {.slice_records = 1}});
  set_rules(house, 5);
  const auto head = last_seq(*house.log);
  const auto asked = ask_penalties(house);
  while (house.stage.scheduler.prioritize(house.archive)) house.stage.scheduler.run_once();
  house.stage.scheduler.run_once();
  set_rules(house, 9);
  BOOST_TEST(asked->answer->read().getSeq() == head);
  BOOST_TEST(json_of(asked).at("rules").at("skipAt").to_number<int>() == 5);
}

BOOST_AUTO_TEST_CASE(of_too_many_records_the_newest_are_told) {
  Ground ground;
  House house(ground, {.archive = {.statement_records = 3}});
  set_rules(house, 10);
  const auto asked = ask_penalties(house);
  house.run();
  BOOST_TEST(json_of(asked).at("rules").at("skipAt").to_number<int>() == 10);
}

BOOST_AUTO_TEST_CASE(one_that_ends_drops_what_it_was_telling) {
  Ground ground;
  House house(ground, {.archive = {.slice_records = 1}});
  set_rules(house, 50);
  const auto asked = ask_penalties(house);
  for (int step = 0; step < 20; ++step) step_in_turn(house);
  house.crash();
  BOOST_TEST(!asked->answer.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
