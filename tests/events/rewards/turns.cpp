#include "events/rewards/statement.hpp"
#include "tests/events/pool/turning.hpp"
#include "tests/fixture/print.hpp"

// What members earn that take turns: whoever made a block is paid for it, and what a turn that
// ended early had left is missed income of whoever had it.

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

namespace {

struct EarningTurns : Turning {
  using Turning::Turning;

  struct Counts {
    std::uint64_t allotted = 0, produced = 0;
    bool operator==(const Counts&) const = default;
  };
  // The period that is closed now: by sequencer id.
  std::map<std::uint64_t, Counts> close() {
    advance(400);
    const auto& head = *state.locking.confirmed_head;
    const auto said = (*this)(4, Msg<schema::SharedCommand>::build([&](auto root) {
                                auto close = root.initRewards().initClose();
                                close.setTimestamp(state.locking.confirmed_time);
                                close.initL1Block().setNumber(head.number);
                                close.getL1Block().setHash(data(head.hash));
                              }));
    BOOST_REQUIRE_MESSAGE(said.ok(), said.detail);
    std::map<std::uint64_t, Counts> out;
    for (const auto line : state.rewards.closed->read().getLines()) {
      out[static_cast<std::uint64_t>(read_u256(line.getSequencerId()))] = {line.getAllotted(),
                                                                           line.getProduced()};
    }
    return out;
  }
  // Blocks that would have been paid, by sequencer id, as the statement tells it.
  [[nodiscard]] std::map<std::uint64_t, std::uint64_t> missed() const {
    RewardStatement statement;
    for (const auto& value : log.values) statement.add(*decode_record(value));
    std::map<std::uint64_t, std::uint64_t> out;
    const auto told = statement.json();
    for (const auto& line : told.at("lines").as_array()) {
      const auto id = u256_from_decimal(std::string(line.at("sequencerId").as_string()));
      const auto amount = u256_from_decimal(std::string(line.at("missed").as_string()));
      const auto blocks = *amount / state.locking.current.reward_per_block;
      if (blocks != 0) out[static_cast<std::uint64_t>(*id)] = static_cast<std::uint64_t>(blocks);
    }
    return out;
  }
};

using Made = std::map<std::uint64_t, EarningTurns::Counts>;
using Missed = std::map<std::uint64_t, std::uint64_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(rewards_by_turns)

BOOST_AUTO_TEST_CASE(each_of_several_leaders_is_paid_for_what_it_made) {
  EarningTurns pool;
  pool.turns(6);
  pool.seal_blocks(1);
  BOOST_TEST((pool.close() == Made{{1, {6, 6}}, {2, {6, 6}}, {3, {3, 3}}, {4, {3, 3}}}));
  BOOST_TEST(pool.missed().empty());
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_leader_whose_signer_changes_misses_the_rest_of_its_turn) {
  EarningTurns pool;
  pool.seal_blocks(1);
  pool.observe(41, {signer_change_of_secret(1, 1, 5, 2)});
  pool.ready(5);
  pool.advance(48);
  pool.turns(3);
  pool.seal_blocks(1);
  const auto made = pool.close();
  BOOST_TEST((made == Made{{1, {1, 1}}, {2, {3, 3}}, {3, {3, 3}}, {4, {3, 3}}}));
  BOOST_TEST((pool.missed() == Missed{{1, 2}}));
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_leader_that_leaves_misses_the_rest_of_its_turn) {
  EarningTurns pool;
  pool.turns(1);
  pool.seal_blocks(2);
  pool.leave(2, 2);
  pool.turns(2);
  pool.seal_blocks(1);
  BOOST_TEST((pool.close() == Made{{1, {3, 3}}, {2, {2, 2}}, {3, {3, 3}}, {4, {3, 3}}}));
  BOOST_TEST((pool.missed() == Missed{{2, 1}}));
  pool.check_replay();
}

BOOST_AUTO_TEST_CASE(a_leader_that_made_nothing_misses_its_whole_turn) {
  EarningTurns pool;
  pool.turns(1);
  pool.replace();
  pool.seal_blocks(1);
  BOOST_TEST(pool.yield(3, 3).ok());
  pool.turns(1);
  pool.seal_blocks(1);
  BOOST_TEST((pool.close() == Made{{1, {3, 3}}, {3, {1, 1}}, {4, {3, 3}}}));
  BOOST_TEST((pool.missed() == Missed{{2, 3}, {3, 2}}));
  pool.check_replay();
}

BOOST_AUTO_TEST_SUITE_END()
