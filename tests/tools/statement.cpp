#include <sstream>

#include "tests/tools/auditing.hpp"
#include "tools/replay/audit/account.hpp"

using namespace horae;
using namespace horae::replay;
using namespace horae::test;
namespace json = boost::json;

namespace {

std::string time_of(std::uint64_t seq) {
  return "ms:" + std::to_string(decode_record(duties().values.at(seq - 1))->header.time_ms);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// Between head and foot: what is booked.
std::vector<std::string> bookings_of(const std::string& csv) {
  auto lines = lines_of(csv);
  BOOST_REQUIRE(lines.size() >= 3u);
  return {lines.begin() + 2, lines.end() - 1};
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) out.push_back(cell);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(statement)

BOOST_AUTO_TEST_CASE(an_account_closes_as_the_fold_does) {
  const Written log;
  const auto source = Source::open(log.directory.path);
  std::atomic<std::uint64_t> at = 0;
  for (const auto& [id, sequencer] : duties().world.shared.locking.current.sequencers) {
    const auto all = account(*source, id, 0, UINT64_MAX, &at);
    BOOST_REQUIRE(all.has_value());
    BOOST_TEST_CONTEXT(to_text(*all)) {
      BOOST_TEST(all->disagreements.empty());
      BOOST_TEST((all->opening == Balance{}));
      BOOST_TEST((all->closing == Balance{sequencer.amount, sequencer.reward}));
      BOOST_TEST(!all->bookings.empty());
    }
    BOOST_TEST((all->closed_hash == duties().world.head));
    // In two parts it is the same account.
    const auto middle = decode_record(duties().values[duties().values.size() / 2])->header.time_ms;
    const auto first = account(*source, id, 0, middle, &at);
    const auto second = account(*source, id, middle, UINT64_MAX, &at);
    BOOST_TEST((first->closing == second->opening));
    BOOST_TEST(first->bookings.size() + second->bookings.size() == all->bookings.size());
    BOOST_TEST((second->closing == all->closing));
    BOOST_TEST(to_text(*all) == to_text(*account(*source, id, 0, UINT64_MAX, &at)));
  }
  check_run("statement --sequencer 1" + log.option(), 0, "agree to the wei");
  check_run("statement --sequencer 1 --csv" + log.option(), 0, "closing");
  BOOST_TEST(answer("statement --sequencer 1 --json" + log.option()).at("balances").as_bool());
  check_run("statement --sequencer 1 --from tomorrow" + log.option(), 2, "a time is");
}

// Every place to cut an account in two, in each form.
BOOST_AUTO_TEST_CASE(two_parts_are_the_whole_wherever_it_is_cut) {
  const Written log;
  const auto ask = [&](const std::string& how) {
    const auto ran = run("statement --sequencer 2 " + how + log.option());
    BOOST_REQUIRE_MESSAGE(ran.code == 0, how << ": " << ran.out);
    return ran.out;
  };
  const auto whole = bookings_of(ask("--csv"));
  const auto all = json::parse(ask("--json"));
  BOOST_TEST(whole.size() > 5u);
  BOOST_TEST(whole.size() == all.at("bookings").as_array().size());
  for (std::uint64_t cut = 2; cut <= duties().values.size(); cut += 9) {
    const auto at = time_of(cut);
    auto joined = bookings_of(ask("--csv --to " + at));
    const auto rest = bookings_of(ask("--csv --from " + at));
    joined.insert(joined.end(), rest.begin(), rest.end());
    BOOST_TEST(joined == whole, boost::test_tools::per_element());
    const auto first = json::parse(ask("--json --to " + at));
    const auto second = json::parse(ask("--json --from " + at));
    BOOST_TEST(first.at("closing") == second.at("opening"));
    BOOST_TEST(second.at("closing") == all.at("closing"));
    BOOST_TEST(second.at("closedHash") == all.at("closedHash"));
    BOOST_TEST(number(first.at("closedSeq")) == number(second.at("openedSeq")));
    auto bookings = first.at("bookings").as_array();
    for (const auto& each : second.at("bookings").as_array()) bookings.push_back(each);
    BOOST_TEST(json::value(bookings) == all.at("bookings"));
  }
}

BOOST_AUTO_TEST_CASE(every_line_of_money_names_its_record_and_its_transaction) {
  const Written log;
  const auto account = json::parse(run("statement --sequencer 1 --json" + log.option()).out);
  const auto csv = bookings_of(run("statement --sequencer 1 --csv" + log.option()).out);
  const auto text = run("statement --sequencer 1" + log.option()).out;
  std::size_t place = 0;
  for (const auto& each : account.at("bookings").as_array()) {
    const auto seq = number(each.at("seq"));
    const auto record = decode_record(duties().values.at(seq - 1));
    BOOST_TEST(record->header.time_ms == number(each.at("time")));
    const auto cells = cells_of(csv.at(place++));
    BOOST_TEST(cells.at(1) == std::to_string(seq));
    BOOST_TEST(text.find("record " + std::to_string(seq)) != std::string::npos);
    if (each.at("amount").is_null()) continue;
    BOOST_TEST(cells.at(5) == std::string(each.at("amount").as_string()));
    const auto txn = std::string(each.at("l1").at("txn").as_string());
    BOOST_TEST(txn.size() == 66u);
    BOOST_TEST(cells.at(10) == txn);
    BOOST_TEST(text.find(txn) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_same_question_gives_the_same_bytes) {
  const Written log;
  const Written copy;
  for (const auto* form : {"", " --csv", " --json"}) {
    const auto ask = std::string("statement --sequencer 1") + form;
    BOOST_TEST(run(ask + log.option()).out == run(ask + copy.option()).out);
  }
}

BOOST_AUTO_TEST_CASE(a_sequencer_that_nobody_knows_has_no_account) {
  const Written log;
  check_run("statement --sequencer 99" + log.option(), 9, "the pool knows 1, 2, 3");
  check_run("statement --sequencer 99 --to ms:5" + log.option(), 9, "no sequencer 99");
  check_run("statement --sequencer 1 --from ms:7 --to ms:7" + log.option(), 2, "is not before");
  check_run("statement --sequencer one" + log.option(), 2, "--sequencer");
  check_run("statement --sequencer 1 --csv --json" + log.option(), 2, "--csv");
  // One that comes later has an empty account before.
  check_run("statement --sequencer 2 --to ms:5" + log.option(), 0, "closing      locked 0, ");
}

BOOST_AUTO_TEST_SUITE_END()
