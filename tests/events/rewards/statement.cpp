#include "events/rewards/statement.hpp"

#include "tests/events/locking/scene.hpp"
#include "tests/events/rewards/books.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;
using schema::BlockCounting;

namespace {

namespace json = boost::json;

// Rewards and what L1 says, in one log.
struct Ledger {
  Books books;
  Scene scene;
  std::vector<Fact> log;

  explicit Ledger(const Rules& rules = {}) : books(rules) {
    for (const auto& fact : books.facts) log.push_back(fact);
    write(scene.open());
    observe(20,
            {locked(1, 1, metis(20000), metis(20000)), locked(2, 2, metis(20000), metis(40000))});
  }
  void write(const Decision& decision) {
    BOOST_TEST(decision.ok(), decision.detail);
    for (const auto& fact : decision.facts) log.push_back(fact);
  }
  void observe(std::uint64_t block, std::vector<Scene::Event> events, std::uint64_t salt = 0) {
    write(scene.when(Scene::block(block, std::move(events), salt)));
  }
  void seal(std::uint64_t epoch, unsigned count, std::uint64_t producer, std::uint64_t allottee) {
    const auto before = books.facts.size();
    books.seal(epoch, count, producer, allottee);
    log.insert(log.end(), books.facts.begin() + static_cast<std::ptrdiff_t>(before),
               books.facts.end());
  }
  void two_epochs() {
    seal(1, 5, 1, 1);
    seal(2, 4, 2, 2);
    seal(3, 1, 1, 1);
  }
  // L1's event and the reaction to it, as settle makes them.
  void distribute(std::uint64_t block, const Batch& batch, std::uint64_t salt = 0) {
    std::vector<TestCredit> credits;
    for (const auto& [id, blocks] : batch.credits) credits.push_back({id, blocks});
    observe(block,
            {distributed(
                batch.id, batch.start, batch.end, batch.rpb, credits,
                batch.split_known ? schema::SplitSource::CALLDATA : schema::SplitSource::UNKNOWN)},
            salt);
    const auto event = Msg<schema::LockingFact>::of(last(schema::LockingFact::REWARD_DISTRIBUTED));
    books.before.push_back(books.pool);
    books.pool.batch_id = batch.id;
    books.pool.end_epoch = batch.end;
    write(books.live(pay(books.state, event.read().getRewardDistributed(), 0)));
  }
  void revert(std::uint64_t to, std::size_t batches) {
    write(scene.revert(to));
    if (batches > 0) write(books.take_back(batches));
  }
  [[nodiscard]] Message last(std::uint16_t kind) const {
    for (auto fact = log.rbegin(); fact != log.rend(); ++fact) {
      if (fact->domain == Domain::LOCKING && fact->kind == kind) return fact->payload;
    }
    throw std::logic_error("no such fact");
  }

  [[nodiscard]] RecordView record(std::size_t index) const {
    RecordView out;
    out.header.domain = log[index].domain;
    out.header.kind = log[index].kind;
    out.header.seq = index + 1;
    out.payload = log[index].payload.bytes();
    return out;
  }
  [[nodiscard]] RewardStatement statement(std::optional<U256> of = {}, std::size_t from = 0) const {
    RewardStatement out(std::move(of));
    for (auto i = from; i < log.size(); ++i) out.add(record(i));
    return out;
  }
  [[nodiscard]] json::object json(std::optional<U256> of = {}) const {
    return statement(std::move(of)).json();
  }
};

std::string word_of(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}
std::string line_word(const json::object& told, std::size_t line, const char* key) {
  BOOST_REQUIRE(told.at("lines").as_array().size() > line);
  return word_of(told.at("lines").at(line).at(key));
}
std::string total_word(const json::object& told, std::size_t at, const char* key) {
  BOOST_REQUIRE(told.at("totals").as_array().size() > at);
  return word_of(told.at("totals").at(at).at(key));
}
std::string wei(std::uint64_t blocks) { return to_decimal(usual_rpb * blocks); }
bool says(const std::string& text, const std::string& words) {
  const bool found = text.find(words) != std::string::npos;
  BOOST_TEST(found, "no \"" << words << "\" in\n" << text);
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reward_statement)

BOOST_AUTO_TEST_CASE(what_a_statement_needs) {
  Ledger ledger;
  ledger.two_epochs();
  ledger.write(ledger.books.close());
  ledger.distribute(30, landed(ledger.books.closed()));
  ledger.observe(31, {claimed(1, address(9), usual_rpb, usual_rpb),
                      relocked(2, metis(1), metis(40001), 0), lock_updated(2, 2, metis(20001))});
  ledger.observe(32, {relocked(2, metis(1), metis(40002), usual_rpb)});
  std::vector<std::size_t> told;
  for (std::size_t i = 0; i < ledger.log.size(); ++i) {
    if (RewardStatement::is_told(ledger.record(i))) told.push_back(i + 1);
  }
  // RewardsOpened; behind PoolOpened, two Locked and ten blocks PeriodClosed; the batch, a
  // discrepancy or none, BatchPaid, the claim and the relock of rewards.
  BOOST_TEST(told.size() == 6u);
  BOOST_TEST((told[0] == 1 && told[1] == 15 && told[2] == 16));
}

BOOST_AUTO_TEST_CASE(a_batch_line_by_line) {
  Ledger ledger(Rules{.counting = BlockCounting::PRODUCED});
  ledger.seal(1, 5, 1, 1);
  ledger.seal(2, 3, 2, 2);
  ledger.seal(2, 2, 1, 2);  // given to 2, sealed by 1
  ledger.seal(3, 1, 1, 1);
  ledger.write(ledger.books.close());
  const auto composed_seq = ledger.log.size();

  auto told = ledger.json();
  BOOST_TEST(told.at("lines").as_array().size() == 2u);
  BOOST_TEST(line_word(told, 0, "status") == "awaiting");
  BOOST_TEST(line_word(told, 0, "paid") == "null");
  BOOST_TEST(line_word(told, 0, "txnHash") == "null");
  BOOST_TEST(total_word(told, 0, "awaiting") == wei(7));
  BOOST_TEST(total_word(told, 0, "paid") == "0");

  ledger.distribute(30, landed(ledger.books.closed()));
  told = ledger.json();
  BOOST_TEST(line_word(told, 1, "status") == "paid");
  BOOST_TEST(line_word(told, 1, "seq") == std::to_string(ledger.log.size()));
  BOOST_TEST(line_word(told, 1, "composedSeq") == std::to_string(composed_seq));
  BOOST_TEST(line_word(told, 1, "txnHash") == to_hex(hash(930)));
  BOOST_TEST(line_word(told, 1, "batchId") == "2");
  BOOST_TEST(line_word(told, 1, "composition") == "1");
  BOOST_TEST(line_word(told, 1, "startEpoch") == "1");
  BOOST_TEST(line_word(told, 1, "endEpoch") == "2");
  BOOST_TEST(line_word(told, 1, "signer") == to_hex(filled_address(2)));
  BOOST_TEST(line_word(told, 1, "allotted") == "5");
  BOOST_TEST(line_word(told, 1, "produced") == "3");
  BOOST_TEST(line_word(told, 1, "counted") == "3");
  BOOST_TEST(line_word(told, 1, "rewardPerBlock") == "761000000000000");
  BOOST_TEST(line_word(told, 1, "computed") == wei(3));
  BOOST_TEST(line_word(told, 1, "paid") == wei(3));
  BOOST_TEST(line_word(told, 1, "noReward") == "null");
  // Missed income is a column of its own and in no other.
  BOOST_TEST(line_word(told, 1, "missed") == wei(2));
  BOOST_TEST(line_word(told, 0, "missed") == "0");
  BOOST_TEST(total_word(told, 1, "missed") == wei(2));
  BOOST_TEST(total_word(told, 1, "computed") == wei(3));
  BOOST_TEST(total_word(told, 1, "difference") == "0");
  BOOST_TEST(total_word(told, 1, "awaiting") == "0");

  const auto& batch = told.at("batches").at(0);
  BOOST_TEST(word_of(batch.at("payment").at("agrees")) == "true");
  const auto& composition = batch.at("compositions").at(0);
  BOOST_TEST(word_of(composition.at("status")) == "paid");
  BOOST_TEST(word_of(composition.at("targetRatePpm")) == "200000");
  BOOST_TEST(word_of(composition.at("realisedRatePpm")) == "4");  // 10 blocks, 40,000 METIS
  // Every figure can be computed again from what stands beside it.
  const auto value = [&](const char* name) { return U256(word_of(composition.at(name))); };
  const auto year = U256(365 * 24 * 3600);
  BOOST_TEST(word_of(composition.at("creditedBlocks")) == "10");
  BOOST_TEST((value("realisedRatePpm") == value("rewardPerBlock") * value("creditedBlocks") * year *
                                              U256(1'000'000) /
                                              (value("seconds") * value("totalLocked"))));
  BOOST_TEST((value("targetRewardPerBlock") ==
              value("totalLocked") * value("targetRatePpm") * value("seconds") /
                  (year * value("creditedBlocks") * U256(1'000'000))));
  BOOST_TEST(line_word(told, 1, "credited") == "3");

  const auto text = ledger.statement().text();
  says(text, "realised rate = reward per block x credited blocks x 31536000 s");
  says(text, "target rate 20.0000 %, realised rate 0.0004 %");
  says(text, "paid 0.002283 METIS; missed 0.001522 METIS");
  says(text, "of 10 credited blocks in ");
  says(text, " and 40000 METIS locked");
  says(text, "counted 3, credited by L1 3; x ");
  says(text, "produced blocks count");
  says(text, "composition 1 of this log; L1 agrees");
}

BOOST_AUTO_TEST_CASE(a_reopened_composition_is_told_with_its_cause) {
  Ledger ledger;
  ledger.two_epochs();
  ledger.write(ledger.books.close());
  ledger.write(ledger.books.reopen());
  auto statement = ledger.statement();
  statement.set_not_due("it was reopened");
  auto told = statement.json();
  BOOST_TEST(told.at("lines").as_array().empty());
  BOOST_TEST(word_of(told.at("openPeriod").at("noReward")) == "it was reopened");
  says(statement.text(), "Open period: no reward because it was reopened");
  says(statement.text(), "Batch 2: open");
  const auto& batch = told.at("batches").at(0);
  BOOST_TEST(word_of(batch.at("compositions").at(0).at("status")) == "reopened");
  BOOST_TEST(word_of(batch.at("reopenings").at(0).at("cause")) == "reverted");
  BOOST_TEST(word_of(batch.at("reopenings").at(0).at("txnHash")) == to_hex(hash_number(77)));
  says(statement.text(),
       "its transaction reverted, transaction " + to_hex(hash_number(77)) + ": NoSuchSeq()");

  ledger.write(ledger.books.command(close_command(ledger.books.due() + 12)));
  ledger.distribute(30, landed(ledger.books.closed()));
  told = ledger.json();
  BOOST_TEST(line_word(told, 0, "composition") == "2");
  BOOST_TEST(word_of(told.at("batches").at(0).at("compositions").at(1).at("status")) == "paid");
}

BOOST_AUTO_TEST_CASE(who_gets_nothing_is_told_why) {
  Ledger ledger;
  ledger.two_epochs();
  ledger.books.pool.members[2].retired = true;
  ledger.write(ledger.books.close());
  ledger.distribute(30, landed(ledger.books.closed()));
  auto told = ledger.json();
  BOOST_TEST(line_word(told, 1, "counted") == "4");
  BOOST_TEST(line_word(told, 1, "computed") == "0");
  BOOST_TEST(line_word(told, 1, "paid") == "0");
  says(line_word(told, 1, "noReward"), "exit is claimed");
  says(ledger.statement().text(), "no reward because its exit is claimed");
  // One who has no account at all.
  told = ledger.json(U256(5));
  BOOST_TEST(told.at("lines").as_array().size() == 1u);
  BOOST_TEST(line_word(told, 0, "noReward") == "no block of these epochs is its own");
  BOOST_TEST(line_word(told, 0, "paid") == "0");
}

BOOST_AUTO_TEST_CASE(claims_and_compounding_are_in_the_totals) {
  Ledger ledger;
  ledger.two_epochs();
  ledger.write(ledger.books.close());
  ledger.distribute(30, landed(ledger.books.closed()));
  ledger.observe(31, {relocked(1, usual_rpb * 5 + 7, metis(40001), usual_rpb * 5)});
  // An exit pays the reward out with a claim of its own: it counts once.
  ledger.observe(32,
                 {claimed(2, address(9), usual_rpb * 4, usual_rpb * 4),
                  unlock_initiated(2, 2, 2, 2, Scene::time(32), Scene::time(33), usual_rpb * 4)});
  ledger.observe(40, {unlocked(2, address(9), metis(20000), metis(20001))});
  ledger.observe(41, {relocked(1, 9, metis(20002), 0, schema::SplitSource::UNKNOWN)});
  auto told = ledger.json();
  BOOST_TEST(total_word(told, 0, "compounded") == wei(5));
  BOOST_TEST(total_word(told, 0, "claimed") == "0");
  BOOST_TEST(total_word(told, 0, "unknown") == "1");
  BOOST_TEST(total_word(told, 1, "claimed") == wei(4));
  BOOST_TEST(told.at("movements").as_array().size() == 5u);
  const auto text = ledger.statement().text();
  says(text, "sequencer 1 locked 0.003805 METIS of its reward");
  says(text, "sequencer 2 claimed 0.003044 METIS for " + to_hex(address(9)));
  says(text, "claimed its exit, 20000 METIS");
  says(text, "sequencer 1 locked an unknown part of its reward");
  says(text, "1 amounts are not known");
  // Of one alone.
  told = ledger.json(U256(1));
  BOOST_TEST(word_of(told.at("sequencer")) == "1");
  BOOST_TEST(told.at("lines").as_array().size() == 1u);
  BOOST_TEST(told.at("movements").as_array().size() == 2u);
  BOOST_TEST(told.at("totals").as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_l1_takes_back_counts_no_more) {
  Ledger ledger;
  ledger.two_epochs();
  ledger.write(ledger.books.close());
  const auto batch = landed(ledger.books.closed());
  ledger.distribute(30, batch);
  ledger.observe(31, {claimed(1, address(9), usual_rpb * 5, usual_rpb * 5)});
  ledger.revert(29, 1);
  auto told = ledger.json();
  BOOST_TEST(line_word(told, 0, "status") == "awaiting");
  BOOST_TEST(total_word(told, 0, "paid") == "0");
  BOOST_TEST(total_word(told, 0, "claimed") == "0");
  const auto& back = told.at("batches").at(0).at("takenBack").as_array();
  BOOST_REQUIRE(back.size() == 1u);
  BOOST_TEST(word_of(back[0].at("txnHash")) == to_hex(hash(930)));
  BOOST_TEST(word_of(back[0].at("seq")) == std::to_string(ledger.log.size()));  // BatchUnpaid
  says(ledger.statement().text(), "taken back by a reorganisation of L1");
  // It lands again.
  ledger.distribute(32, batch, 1);
  told = ledger.json();
  BOOST_TEST(line_word(told, 0, "status") == "paid");
  BOOST_TEST(total_word(told, 0, "paid") == wei(5));
  BOOST_TEST(word_of(told.at("batches").at(0).at("payment").at("composition")) == "1");
}

BOOST_AUTO_TEST_CASE(a_later_composition_waits_for_the_batch_before_it) {
  Ledger ledger;
  ledger.two_epochs();
  ledger.write(ledger.books.close());
  const auto first = landed(ledger.books.closed());
  ledger.distribute(30, first);
  ledger.seal(4, 1, 2, 2);
  ledger.seal(5, 1, 1, 1);
  ledger.write(ledger.books.close());
  const auto status = [&](std::size_t batch) {
    return word_of(ledger.json().at("batches").at(batch).at("compositions").at(0).at("status"));
  };
  BOOST_TEST((status(0) == "paid" && status(1) == "awaiting"));
  ledger.revert(29, 1);
  BOOST_TEST((status(0) == "awaiting" && status(1) == "behind"));
  auto twin = ledger;
  ledger.distribute(32, first, 1);
  BOOST_TEST((status(0) == "paid" && status(1) == "awaiting"));
  twin.distribute(32, {2, 1, 3, {{1, 9}}}, 1);
  const auto told = twin.json();
  for (const std::size_t batch : {0u, 1u}) {
    BOOST_TEST(word_of(told.at("batches").at(batch).at("compositions").at(0).at("status")) ==
               "supplanted");
  }
}

BOOST_AUTO_TEST_CASE(somebody_elses_batch_beside_our_accounts) {
  Ledger ledger;
  ledger.two_epochs();
  ledger.distribute(30, {2, 1, 2, {{1, 3}, {1, 4}}});
  auto told = ledger.json();
  BOOST_TEST(line_word(told, 0, "computed") == wei(5));
  BOOST_TEST(line_word(told, 0, "paid") == wei(7));
  BOOST_TEST(line_word(told, 0, "allotted") == "null");
  BOOST_TEST(total_word(told, 0, "difference") == wei(2));
  BOOST_TEST(line_word(told, 1, "paid") == "0");
  BOOST_TEST(total_word(told, 1, "difference") == "-" + wei(4));
  says(line_word(told, 1, "noReward"), "credits nothing to it");
  says(ledger.statement().text(), "a batch that this log did not compose; L1 DIFFERS");
  says(ledger.statement().text(), "difference -0.003044 METIS");
  BOOST_TEST(line_word(ledger.json(U256(5)), 0, "noReward") ==
             "none of its blocks counts in these epochs");
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_null_and_in_no_sum) {
  // From before the accounts: L1's word alone.
  Ledger ledger;
  ledger.books.state = {};
  ledger.distribute(30, {2, 1, 2, {{1, 3}, {2, 0}}});
  auto told = ledger.json();
  BOOST_TEST(line_word(told, 0, "computed") == "null");
  BOOST_TEST(line_word(told, 0, "paid") == wei(3));
  BOOST_TEST(total_word(told, 0, "difference") == "0");
  BOOST_TEST(word_of(told.at("batches").at(0).at("payment").at("agrees")) == "null");
  says(line_word(told, 1, "noReward"), "before this log's accounts");

  Ledger sums;
  sums.two_epochs();
  Batch batch{2, 1, 2, {{1, 5}, {2, 4}}};
  batch.split_known = false;
  sums.distribute(30, batch);
  told = sums.json();
  BOOST_TEST(line_word(told, 0, "computed") == wei(5));
  BOOST_TEST(line_word(told, 0, "paid") == "null");
  BOOST_TEST(line_word(told, 0, "noReward") == "null");
  BOOST_TEST(total_word(told, 0, "unknown") == "1");
  BOOST_TEST(word_of(told.at("batches").at(0).at("payment").at("agrees")) == "true");
  says(sums.statement().text(), "L1's parts are not known, their sum is");
  says(sums.statement().text(), "paid not known");
}

BOOST_AUTO_TEST_CASE(begins_anywhere_in_the_log) {
  Ledger ledger;
  ledger.two_epochs();
  ledger.write(ledger.books.close());
  ledger.write(ledger.books.reopen());
  ledger.write(ledger.books.close());
  ledger.distribute(30, landed(ledger.books.closed()));
  ledger.revert(29, 1);
  for (std::size_t from = 0; from <= ledger.log.size(); ++from) {
    const auto statement = ledger.statement({}, from);
    BOOST_TEST(!statement.text().empty());
    BOOST_TEST(!json::serialize(statement.json()).empty());
  }
  const auto nothing = RewardStatement().json();
  BOOST_TEST((nothing.at("lines").as_array().empty() && nothing.at("rules").is_null()));
}

BOOST_AUTO_TEST_SUITE_END()
