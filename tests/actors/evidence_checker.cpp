#include "actors/evidence_checker.hpp"

#include "tests/events/blocks/signed_block.hpp"
#include "tests/fixture/house.hpp"

// Evidence from strangers: what is asked before it costs anything, and how much of it at once.
using namespace horae;
using namespace horae::test;

namespace {

Bytes two_blocks_by(std::uint8_t signer) {
  return encode_evidence(*evidence_of_two(signed_block_of({}, {.signer = signer}).read(),
                                          signed_block_of({Bytes{1}}, {.signer = signer}).read()));
}

// Says that a block broke its order which kept to it.
Bytes nothing_shown_by(std::uint8_t signer) {
  const auto kept = signed_block_of({raw_of(Transfer{.from = 10})}, {.signer = signer});
  return encode_evidence(Msg<schema::Evidence>::build([&](auto out) {
    auto block = out.initBrokenOrder().initBlock();
    block.setHeader(kept.read().getHeader());
    block.setTxns(kept.read().getTxns());
    block.setSignature(kept.read().getSignature());
  }));
}

// The pool's rules for faults, as a start sets them.
Msg<schema::PenaltiesCommand> fault_rules_of_test() {
  return Msg<schema::PenaltiesCommand>::build([](auto command) {
    auto set = command.initSetParameters();
    set.setKnownSignersOnly(true);
    auto points = set.initPoints(1);
    points[0].setKind(schema::FaultKind::TWO_BLOCKS);
    points[0].setPoints(100);
  });
}

struct Checking {
  Ground ground;
  House house{ground};
  Checking() {
    house.stage.ask<Receipt>(house.sequence, fault_rules_of_test(), Cause{0});
    house.run();
  }
  std::shared_ptr<std::vector<Receipt>> accuse(const Bytes& file, std::size_t times = 1) {
    auto out = std::make_shared<std::vector<Receipt>>();
    for (std::size_t i = 0; i < times; ++i) {
      house.client->accuse(file, [out](const Receipt& receipt) { out->push_back(receipt); });
    }
    return out;
  }
  Reason refused(const Bytes& file) {
    const auto said = accuse(file);
    house.run();
    BOOST_REQUIRE(said->size() == 1u);
    const auto receipt = said->front().read();
    return receipt.isRejected() ? receipt.getRejected().getReason() : Reason::NONE;
  }
  std::size_t proven() { return folded(*house.log).shared.faults.known.size(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(evidence_checker)

BOOST_AUTO_TEST_CASE(a_fault_of_a_known_signer_becomes_a_fact_once) {
  Checking scene;
  BOOST_TEST((scene.refused(two_blocks_by(1)) == Reason::NONE));
  BOOST_TEST(scene.proven() == 1u);
  const auto again = scene.accuse(two_blocks_by(1));
  scene.house.run();
  BOOST_REQUIRE(again->size() == 1u);
  BOOST_TEST(again->front().read().isAccepted());
  BOOST_TEST(scene.proven() == 1u);
  BOOST_TEST(scene.house.admission->evidence_in_flight.load() == 0u);
}

BOOST_AUTO_TEST_CASE(a_stranger_s_fault_is_refused_before_it_is_checked) {
  Checking scene;
  BOOST_TEST((scene.refused(two_blocks_by(99)) == Reason::UNKNOWN_SIGNER));
  // A block that keeps to its rule, by nobody: what it shows is not looked at.
  BOOST_TEST((scene.refused(nothing_shown_by(99)) == Reason::UNKNOWN_SIGNER));
  BOOST_TEST(scene.proven() == 0u);
}

BOOST_AUTO_TEST_CASE(what_shows_nothing_is_refused_with_its_reason) {
  Checking scene;
  BOOST_TEST((scene.refused({1, 2, 3}) == Reason::MALFORMED));
  BOOST_TEST((scene.refused(nothing_shown_by(1)) == Reason::NOT_PROVEN));
  scene.house.admission->closed = &closed_by_stop;
  BOOST_TEST((scene.refused(two_blocks_by(1)) == Reason::SHUTTING_DOWN));
}

BOOST_AUTO_TEST_CASE(no_more_than_a_few_are_kept_at_once) {
  Checking scene;
  const auto said = scene.accuse(two_blocks_by(1), Admission::evidence_limit + 3);
  // At once, and nothing of them is kept.
  BOOST_REQUIRE(said->size() == 3u);
  for (const auto& receipt : *said) {
    BOOST_TEST((receipt.read().getRejected().getReason() == Reason::BUSY));
  }
  scene.house.run();
  BOOST_TEST(said->size() == Admission::evidence_limit + 3);
  BOOST_TEST((scene.refused(two_blocks_by(1)) == Reason::NONE));
}

BOOST_AUTO_TEST_SUITE_END()
