#include "events/penalties/penalties.hpp"

#include "events/penalties/evidence.hpp"
#include "tests/events/blocks/signed_block.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

struct Rules {
  std::uint64_t skip_at = 100, skip_epochs = 2, propose_at = 300;
  std::vector<std::pair<FaultKind, std::uint32_t>> points = {
      {FaultKind::TWO_BLOCKS, 100}, {FaultKind::BROKEN_ORDER, 40}, {FaultKind::SANDWICH, 60}};
  bool known_signers_only = false;
};

Msg<schema::PenaltiesCommand> rules_command(const Rules& rules = {}) {
  return Msg<schema::PenaltiesCommand>::build([&](auto command) {
    auto set = command.initSetParameters();
    set.setSkipAt(rules.skip_at);
    set.setSkipEpochs(rules.skip_epochs);
    set.setProposeAt(rules.propose_at);
    set.setKnownSignersOnly(rules.known_signers_only);
    auto points = set.initPoints(static_cast<unsigned>(rules.points.size()));
    for (unsigned i = 0; i < points.size(); ++i) {
      points[i].setKind(rules.points[i].first);
      points[i].setPoints(rules.points[i].second);
    }
  });
}

Accused one_at(std::uint64_t epoch) { return {1, epoch, l2_chain_id}; }

Msg<schema::PenaltiesCommand> two_blocks(std::uint64_t number) {
  return accusation(*evidence_of_two(signed_block_of({}, {.number = number}).read(),
                                     signed_block_of({Bytes{1}}, {.number = number}).read()));
}
const Bytes front = raw_of(Transfer{.from = 10, .nonce = 3, .tip = gwei(1)});
const Bytes victim = raw_of(Transfer{.from = 11, .tip = gwei(2)});
const Bytes back = raw_of(Transfer{.from = 10, .nonce = 4, .tip = gwei(1)});
Msg<schema::PenaltiesCommand> sandwich() {
  return accusation(*evidence_in(signed_block_of({front, victim, back}).read()));
}
// The same block, of which less is said.
Msg<schema::PenaltiesCommand> order_of_sandwich() {
  const auto evidence = *evidence_in(signed_block_of({front, victim, back}).read());
  return accusation(Msg<schema::Evidence>::build(
      [&](auto out) { out.initBrokenOrder().setBlock(evidence.read().getSandwich().getBlock()); }));
}

struct Court : Life<Faults, schema::PenaltiesFact> {
  Court() { BOOST_REQUIRE(when(rules_command(), Accused{}).facts.size() == 1u); }
  ~Court() { replays(); }
  Court(const Court&) = delete;
  Court& operator=(const Court&) = delete;
  [[nodiscard]] std::uint64_t score() const { return state.standings.at(1).score; }
};

schema::PenaltiesFact::Reader read(const Fact& fact) {
  return Msg<schema::PenaltiesFact>::of(fact.payload).read();
}
bool draws(const Fact& fact, ConsequenceKind kind, std::uint64_t score, std::uint64_t until) {
  const auto got = read(fact);
  return got.isConsequenceDrawn() && fact.after == 0 &&
         got.getConsequenceDrawn().getKind() == kind &&
         got.getConsequenceDrawn().getScore() == score &&
         got.getConsequenceDrawn().getUntilEpoch() == until;
}

struct Seen {
  ObservationKind kind = ObservationKind::LATE_BLOCK;
  std::uint32_t count = 1;
  std::uint64_t from = 0, until = 0, block = 0;
};
Msg<schema::ObservationsCommand> observe(const Seen& seen) {
  return Msg<schema::ObservationsCommand>::build([&](auto command) {
    auto observed = command.initObserve();
    observed.setKind(seen.kind);
    observed.setCount(seen.count);
    observed.setFromMs(seen.from);
    observed.setUntilMs(seen.until);
    observed.setBlock(seen.block);
    observed.setDetail("words");
  });
}
Msg<schema::ObservationsCommand> service_rules(std::uint64_t window = 1000,
                                               std::uint64_t block_time = 1000) {
  return Msg<schema::ObservationsCommand>::build([&](auto command) {
    auto set = command.initSetParameters();
    set.setBlockTimeMs(block_time);
    set.setLateAfterMs(500);
    set.setBacklogLimitMs(5000);
    set.setOutageLimitMs(60000);
    set.setWindowMs(window);
    auto points = set.initPoints(2);
    points[0].setKind(ObservationKind::LATE_BLOCK);
    points[0].setPoints(3);
    points[1].setKind(ObservationKind::MISSED_SLOT);
    points[1].setPoints(5);
  });
}

struct Service : Life<Observations, schema::PenaltiesFact> {
  explicit Service(std::uint64_t window = 1000) {
    BOOST_REQUIRE(when(service_rules(window)).facts.size() == 1u);
  }
  ~Service() { replays(); }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(penalties)

BOOST_AUTO_TEST_CASE(parameters_come_first_and_are_facts) {
  Life<Faults, schema::PenaltiesFact> court;
  BOOST_TEST((court.when(two_blocks(1), one_at(1)).refused == Reason::NOT_OPEN));
  BOOST_TEST(court.when(rules_command(), Accused{}).facts.size() == 1u);
  const auto again = court.when(rules_command(), Accused{});
  BOOST_TEST((again.ok() && again.facts.empty()));
  BOOST_TEST(court.when(rules_command({.skip_at = 1}), Accused{}).facts.size() == 1u);
  BOOST_TEST(court.state.rules->skip_at == 1u);
  Rules twice;
  twice.points.push_back(twice.points.front());
  BOOST_TEST((court.when(rules_command(twice), Accused{}).refused == Reason::MALFORMED));
  twice.points = {{FaultKind::NONE, 1}};
  BOOST_TEST((court.when(rules_command(twice), Accused{}).refused == Reason::MALFORMED));
  BOOST_TEST((court.when(Msg<schema::PenaltiesCommand>::build([](auto) {}), Accused{}).refused ==
              Reason::MALFORMED));
  court.replays();
}

BOOST_AUTO_TEST_CASE(a_fault_counts_once) {
  Court court;
  const auto decision = court.when(order_of_sandwich(), one_at(5));
  BOOST_REQUIRE(decision.facts.size() == 1u);
  const auto proven = read(decision.facts[0]).getFaultProven();
  BOOST_TEST((proven.getKind() == FaultKind::BROKEN_ORDER && proven.getPoints() == 40u));
  BOOST_TEST(proven.getBlock() == 7u);
  BOOST_TEST(fixed<Address>(proven.getSigner()) == address_of_secret(1));
  BOOST_TEST(check(proven.getEvidence()).has_value());  // and the record alone shows it
  const auto again = court.when(order_of_sandwich(), one_at(6));
  BOOST_TEST((again.ok() && again.facts.empty()));
  BOOST_TEST(court.score() == 40u);
}

BOOST_AUTO_TEST_CASE(what_is_not_shown_is_refused) {
  Court court;
  const auto roots = accusation(evidence_of_roots(signed_block_of({}).read()));
  BOOST_TEST((court.when(roots, one_at(1)).refused == Reason::NOT_PROVEN));
  const auto nothing =
      Msg<schema::PenaltiesCommand>::build([](auto command) { command.initAccuse(); });
  BOOST_TEST((court.when(nothing, one_at(1)).refused == Reason::NOT_PROVEN));
  BOOST_TEST((court.when(two_blocks(1), Accused{1, 1, 1}).refused == Reason::WRONG_CHAIN));
  BOOST_TEST(court.state.known.empty());
}

BOOST_AUTO_TEST_CASE(a_sandwich_and_its_broken_order_cost_what_the_sandwich_costs) {
  Court first;
  BOOST_TEST(first.when(sandwich(), one_at(1)).facts.size() == 1u);
  const auto less = first.when(order_of_sandwich(), one_at(1));
  BOOST_TEST((less.ok() && less.facts.empty()));
  BOOST_TEST(first.score() == 60u);
  Court second;
  BOOST_TEST(second.when(order_of_sandwich(), one_at(1)).facts.size() == 1u);
  BOOST_TEST(second.when(sandwich(), one_at(1)).facts.size() == 1u);
  BOOST_TEST(second.score() == 60u);
}

BOOST_AUTO_TEST_CASE(consequences_follow_from_the_score) {
  Court court;
  auto decision = court.when(two_blocks(1), one_at(5));
  BOOST_REQUIRE(decision.facts.size() == 2u);
  BOOST_TEST(draws(decision.facts[1], ConsequenceKind::SKIPPED, 100, 7));
  // Passed over already: no more of it.
  BOOST_TEST(court.when(two_blocks(2), one_at(7)).facts.size() == 1u);
  // Run out, and the score grows; and enough for governance.
  decision = court.when(two_blocks(3), one_at(8));
  BOOST_REQUIRE(decision.facts.size() == 3u);
  BOOST_TEST(draws(decision.facts[1], ConsequenceKind::SKIPPED, 300, 10));
  BOOST_TEST(draws(decision.facts[2], ConsequenceKind::FORCE_UNLOCK_PROPOSED, 300, 0));
  // Proposed once.
  BOOST_TEST(court.when(two_blocks(4), one_at(9)).facts.size() == 1u);
  BOOST_TEST(court.state.standings.at(1).proposed);
}

BOOST_AUTO_TEST_CASE(thresholds_of_0_are_never_reached) {
  Court court;
  BOOST_REQUIRE(court.when(rules_command({.skip_at = 0, .propose_at = 0}), Accused{}).ok());
  BOOST_TEST(court.when(two_blocks(1), one_at(5)).facts.size() == 1u);
  BOOST_REQUIRE(court.when(rules_command({.skip_at = 1, .skip_epochs = 0}), Accused{}).ok());
  BOOST_TEST(court.when(two_blocks(2), one_at(5)).facts.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_fault_of_an_unknown_signer_is_recorded_and_nothing_follows) {
  Court court;
  BOOST_TEST(court.when(two_blocks(1), Accused{0, 5, l2_chain_id}).facts.size() == 1u);
  BOOST_TEST((court.state.standings.empty() && court.state.known.size() == 1u));
}

BOOST_AUTO_TEST_CASE(where_the_rules_say_so_strangers_faults_are_none_and_nobodys_are_without_end) {
  Court court;
  BOOST_REQUIRE(court.when(rules_command({.known_signers_only = true}), Accused{}).ok());
  Accused by{0, 5, l2_chain_id};
  BOOST_TEST((court.when(two_blocks(1), by).refused == Reason::UNKNOWN_SIGNER));
  BOOST_TEST((court.state.known.empty() && court.state.proven.empty()));
  by.known_signer = true;  // a key that was retired: recorded, and nothing follows
  BOOST_TEST(court.when(two_blocks(1), by).facts.size() == 1u);
  BOOST_TEST(court.state.standings.empty());
  by.sequencer_id = 1;
  for (std::uint64_t block = 2; block < Faults::most_of_a_signer; ++block) {
    by.epoch = block;
    BOOST_REQUIRE(court.when(two_blocks(block), by).ok());
  }
  const auto last = court.when(two_blocks(Faults::most_of_a_signer), by);
  BOOST_REQUIRE(last.facts.size() == 2u);
  BOOST_TEST(draws(last.facts[1], ConsequenceKind::SKIPPED, court.score(), UINT64_MAX));
  BOOST_TEST((court.when(two_blocks(9999), by).refused == Reason::ENOUGH_PROVEN));
  BOOST_TEST((court.when(two_blocks(7), by).ok()));  // known, as ever
  BOOST_TEST(court.state.known.size() == Faults::most_of_a_signer);
  const auto state = Msg<schema::FaultsState>::of(state_message(court.state));
  BOOST_TEST((restore(state.read()).proven == court.state.proven));
  BOOST_TEST(restore(state.read()).rules->known_signers_only);
}

BOOST_AUTO_TEST_CASE(what_was_checked_before_is_not_checked_again) {
  Court court;
  // Evidence of nothing, with what somebody found in it: the decision believes that.
  auto by = one_at(5);
  by.shown = ShownFault{FaultKind::TWO_BLOCKS, l2_chain_id, 3, address_of_secret(1), "seen"};
  const auto nothing =
      Msg<schema::PenaltiesCommand>::build([](auto command) { command.initAccuse(); });
  BOOST_TEST(court.when(nothing, by).ok());
  BOOST_TEST(court.state.known.size() == 1u);
  BOOST_TEST(!Accusation::of(Msg<schema::Evidence>::build([](auto) {})).has_value());
}

// Whom it accuses takes one signature, what it shows one of each transaction.
BOOST_AUTO_TEST_CASE(a_strangers_block_is_not_looked_into) {
  Court court;
  BOOST_REQUIRE(court.when(rules_command({.known_signers_only = true}), Accused{}).ok());
  const auto orderly = signed_block_of({});
  const auto nothing = Msg<schema::PenaltiesCommand>::build([&](auto command) {
    auto block = command.initAccuse().initBrokenOrder().initBlock();
    block.setHeader(orderly.read().getHeader());
    block.setSignature(orderly.read().getSignature());
    block.setPayload(orderly.read().getPayload());
  });
  auto by = one_at(5);
  by.known_signer = false;
  BOOST_TEST((court.when(nothing, by).refused == Reason::UNKNOWN_SIGNER));
  by.known_signer = true;
  BOOST_TEST((court.when(nothing, by).refused == Reason::NOT_PROVEN));
}

BOOST_AUTO_TEST_CASE(a_kind_without_points_is_recorded_and_nothing_follows) {
  Court court;
  BOOST_REQUIRE(court.when(rules_command({.skip_at = 1, .points = {}}), Accused{}).ok());
  BOOST_TEST(court.when(two_blocks(1), one_at(5)).facts.size() == 1u);
  BOOST_TEST(court.score() == 0u);
}

BOOST_AUTO_TEST_CASE(shared_and_local_facts_do_not_mix) {
  const StopsThrow throws;
  Court court;
  Service service;
  Faults faults;
  Observations observations;
  BOOST_CHECK_THROW(apply(faults, read(service.facts[0])), std::logic_error);
  BOOST_CHECK_THROW(apply(observations, read(court.facts[0])), std::logic_error);
  court.when(two_blocks(1), one_at(5));
  BOOST_CHECK_THROW(apply(court.state, read(court.facts[1])), std::logic_error);
  BOOST_CHECK_THROW(apply(faults, read(court.facts[2])), std::logic_error);
}

BOOST_AUTO_TEST_CASE(observations_count_once) {
  Life<Observations, schema::PenaltiesFact> before;
  BOOST_TEST((before.when(observe({.until = 1})).refused == Reason::NOT_OPEN));
  BOOST_TEST((before.when(service_rules(1000, 0)).refused == Reason::MALFORMED));
  Service service;
  const auto set_again = service.when(service_rules());
  BOOST_TEST((set_again.ok() && set_again.facts.empty()));
  const Seen late{.from = 100, .until = 200, .block = 3};
  BOOST_TEST(service.when(observe(late)).facts.size() == 1u);
  const auto again = service.when(observe(late));
  BOOST_TEST((again.ok() && again.facts.empty()));
  BOOST_TEST(service
                 .when(observe({.kind = ObservationKind::MISSED_SLOT,
                                .count = 4,
                                .from = 100,
                                .until = 200,
                                .block = 3}))
                 .facts.size() == 1u);
  BOOST_TEST(service.state.counts.at(ObservationKind::LATE_BLOCK).times == 1u);
  BOOST_TEST(service.state.counts.at(ObservationKind::MISSED_SLOT).times == 1u);
  BOOST_TEST(service.state.counts.at(ObservationKind::MISSED_SLOT).count == 4u);
  BOOST_TEST(score(service.state, 200) == 3u + 4 * 5);
  const auto malformed = [&](const Seen& seen) {
    return service.when(observe(seen)).refused == Reason::MALFORMED;
  };
  BOOST_TEST(malformed({.kind = ObservationKind::NONE, .until = 1}));
  BOOST_TEST(malformed({.count = 0, .until = 1}));
  BOOST_TEST(malformed({.from = 2, .until = 1}));
}

BOOST_AUTO_TEST_CASE(a_score_is_of_its_window) {
  Service service;
  for (std::uint64_t at = 0; at <= 2000; at += 500) {
    service.when(observe({.from = at, .until = at, .block = at}));
  }
  BOOST_TEST(service.state.recent.size() == 3u);  // 1000, 1500, 2000
  BOOST_TEST(score(service.state, 2000) == 9u);
  BOOST_TEST(score(service.state, 2600) == 3u);
  BOOST_TEST(score(service.state, 3001) == 0u);
  BOOST_TEST(service.state.counts.at(ObservationKind::LATE_BLOCK).times == 5u);
}

BOOST_AUTO_TEST_CASE(recent_ones_are_bounded) {
  Observations state;
  apply(state, read(decide(state, service_rules(UINT64_MAX).read()).facts.at(0)));
  for (std::uint64_t at = 0; at < Observations::most_recent + 10; ++at) {
    const auto command = observe({.from = at, .until = at, .block = at});
    apply(state, read(decide(state, command.read()).facts.at(0)));
  }
  BOOST_TEST(state.recent.size() == Observations::most_recent);
  BOOST_TEST(state.recent.front().block == 10u);
  BOOST_TEST(state.counts.at(ObservationKind::LATE_BLOCK).times == Observations::most_recent + 10);
}

BOOST_AUTO_TEST_SUITE_END()
