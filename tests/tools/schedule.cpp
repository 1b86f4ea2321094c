#include "tools/replay/audit/schedule.hpp"

#include <cstdlib>
#include <fstream>
#include <random>

#include "tests/events/pool/turning.hpp"
#include "tests/tools/auditing.hpp"
#include "tools/replay/audit/verify.hpp"

using namespace horae;
using namespace horae::replay;
using namespace horae::test;
namespace json = boost::json;

namespace {

// A member's log of a pool that takes turns: of four, the first gives its turn away, the second is
// replaced, the third leaves, and the fourth makes all its blocks and one of the next epoch.
struct TurnsLog {
  LogScene log;

  explicit TurnsLog(const TurnsOf& turns = {3, 2}) {
    Turning pool({20, 20, 20, 20}, turns);
    if (turns.length != 0) live(pool);
    write(pool);
  }
  explicit TurnsLog(const Turning& pool) { write(pool); }

 private:
  static void live(Turning& pool) {
    pool.seal_blocks(1);
    BOOST_TEST(pool.yield(1, 1).ok());
    pool.replace();
    pool.seal_blocks(1);
    pool.leave(3, 3);
    pool.seal_blocks(4);
  }
  void write(const Turning& pool) {
    Identity identity;
    identity.l1_chain_id = 31337;
    identity.l2_chain_id = test::l2_chain_id;
    identity.engine = "test";
    log.commit(open_log(log.world.local.node, identity));
    log.commit(start_node(log.world.local.node, "test"));
    for (const auto& decision : pool.decisions) {
      if (decision.ok()) log.commit(decision);
    }
  }
};

std::string verified(const std::vector<Bytes>& values) {
  const Directory directory;
  LogScene::write(directory.path, values);
  return horae::test::run("verify --datadir " + directory.path.string()).out;
}

std::size_t place_of_epoch(const std::vector<Bytes>& values, std::uint64_t number) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto record = decode_record(values[i]);
    if (record->header.domain != Domain::BLOCKS) continue;
    const auto fact = Msg<schema::BlocksFact>::read(record->payload);
    if (fact.isEpochStarted() && fact.getEpochStarted().getNumber() == number) return i;
  }
  throw std::logic_error("no such epoch");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schedule_verb)

BOOST_AUTO_TEST_CASE(each_turn_is_told_with_its_reason_and_its_credits) {
  const TurnsLog scene;
  const Written log(scene.log.values);
  const auto told = answer("schedule --json" + log.option());
  BOOST_TEST(told.at("turns").as_bool());
  const auto& epochs = told.at("epochs").as_array();
  const std::vector<std::string> why{"first", "leaderYielded", "leaderReplaced", "leaderLeft",
                                     "length"};
  BOOST_REQUIRE(epochs.size() == why.size());
  const std::vector<std::string> leaders{"1", "2", "3", "4", "1"};
  for (std::size_t i = 0; i < why.size(); ++i) {
    BOOST_TEST(number(epochs[i].at("number")) == i + 1);
    BOOST_TEST(epochs[i].at("why").as_string() == why[i]);
    BOOST_TEST(epochs[i].at("sequencerId").as_string() == leaders[i]);
  }
  BOOST_TEST(number(epochs[0].at("lastBlock")) == 1u);
  BOOST_TEST(epochs[1].at("lastBlock").is_null());
  BOOST_TEST(number(epochs[3].at("startBlock")) == 3u);
  BOOST_TEST(number(epochs[3].at("endBlock")) == 5u);
  BOOST_TEST(number(epochs[3].at("lastBlock")) == 5u);
  const auto& first = epochs[1].at("shares").as_array().at(0);
  BOOST_TEST(first.at("passedOver").as_bool());
  BOOST_TEST(first.at("credit").as_string() == "-60");
  BOOST_TEST(told.at("coming").as_array().size() == 5u);
  check_run("schedule" + log.option(), 0, "the leader before it was replaced");
  check_run("schedule" + log.option(), 0, "to come, if every block is made");
}

// A block that most have otherwise: what the log's tools call the chain is without it.
BOOST_AUTO_TEST_CASE(a_revoked_block_is_none_of_the_chains) {
  Turning pool({20, 20, 20, 20}, {3, 2}, 8);
  pool.seal_blocks(2);
  const auto sealed = pool.state.blocks.head.hash;
  for (std::uint8_t key = 2; key <= 4; ++key) {
    const auto said = pool(key, Msg<schema::SharedCommand>::build([&](auto root) {
                             root.initPool().initAttest().setNumber(2);
                             root.getPool().getAttest().setHash(data(Hash32{{9}}));
                             root.getPool().getAttest().setSealed(data(sealed));
                           }));
    BOOST_REQUIRE_MESSAGE(said.ok(), said.detail);
  }
  pool.seal_blocks(2);
  const TurnsLog scene(pool);
  const Written log(scene.log.values);
  check_run("verify" + log.option(), 0, "");
  // The epoch that runs with a block.
  const auto epoch_at = [&](std::uint64_t block) {
    const auto state = answer("state --json --at block:" + std::to_string(block) + log.option());
    const auto& chain = state.at("blocks").as_object();
    BOOST_TEST(number(chain.at("head").as_object().at("number")) == block);
    return number(chain.at("epoch").as_object().at("number"));
  };
  BOOST_TEST(epoch_at(1) == 1u);
  BOOST_TEST(epoch_at(2) == 2u);
  const auto stats = answer("stats --json" + log.option());
  BOOST_TEST(number(stats.at("blocks")) == 3u);
  BOOST_TEST(number(stats.at("revoked")) == 1u);
  const auto told = answer("schedule --json" + log.option());
  BOOST_TEST(told.at("epochs").as_array().at(1).as_object().at("why").as_string() ==
             "leaderReplaced");
}

BOOST_AUTO_TEST_CASE(a_log_without_turns_says_so) {
  const TurnsLog scene({0, 0});
  const Written log(scene.log.values);
  const auto told = answer("schedule --json" + log.option());
  BOOST_TEST(!told.at("turns").as_bool());
  BOOST_TEST(told.at("coming").as_array().empty());
  check_run("schedule" + log.option(), 0, "take no turns");
  const Written duties;
  check_run("schedule" + duties.option(), 0, "take no turns");
}

BOOST_AUTO_TEST_CASE(turns_are_decided_again_by_the_auditor) {
  const TurnsLog scene;
  const auto good = verified(scene.log.values);
  BOOST_TEST(good.find("nothing wrong") != std::string::npos, good);
  // An epoch that nothing led to, and one that is not there.
  for (std::uint64_t epoch = 1; epoch <= 5; ++epoch) {
    auto values = scene.log.values;
    const auto place = place_of_epoch(values, epoch);
    auto& before = values[place - 1];
    BOOST_TEST(before[7] == 1u);  // more of the decision follows
    before[7] = 0;
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(place));
    LogScene::renumber(values, place, true);
    const auto found = verified(values);
    BOOST_TEST(found.find("epochStarted") != std::string::npos, epoch << ": " << found);
  }
}

// The script shares nothing with Horae's code.
BOOST_AUTO_TEST_CASE(a_script_of_its_own_derives_the_same_turns) {
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    std::mt19937 random(seed);
    Turning pool({31, 17, 23, 20}, {1 + random() % 3, 1 + seed % 2});
    for (int step = 0; step < 60; ++step) {
      const auto leader = pool.leader();
      switch (random() % 8) {
        case 0:
          pool.replace();
          break;
        case 1:
          BOOST_TEST(pool.yield(leader, pool.epoch().number).ok());
          break;
        case 2:
          if (step % 8 != 0) break;
          (void)pool.accuse(pool.block(leader, pool.epoch().number, 7),
                            pool.block(leader, pool.epoch().number, 8));
          break;
        default:
          pool.seal_blocks(1);
      }
      if (step == 30) pool.leave(2, 2);
      if (step == 40) pool.join(5, 5, 29);
    }
    const TurnsLog scene(pool);
    const Written log(scene.log.values);
    const auto state = log.directory.path / "state.json";
    std::ofstream(state) << horae::test::run("state --json" + log.option()).out;
    const auto derived = std::string(HORAE_BINARY_DIR) + "/bin/horae-replay log --json" +
                         log.option() + " | python3 " + HORAE_SOURCE_DIR +
                         "/tests/functional/rederive_rewards.py " + state.string();
    BOOST_TEST(std::system((derived + " > /dev/null").c_str()) == 0, derived);
    const auto checked = verified(scene.log.values);
    BOOST_TEST(checked.find("nothing wrong") != std::string::npos, checked);
  }
}

BOOST_AUTO_TEST_CASE(an_epoch_of_another_leader_is_found) {
  const TurnsLog scene;
  auto values = scene.log.values;
  const auto place = place_of_epoch(values, 5);
  const auto record = decode_record(values[place]);
  const auto forged = Msg<schema::BlocksFact>::build([&](auto fact) {
    fact.setEpochStarted(Msg<schema::BlocksFact>::read(record->payload).getEpochStarted());
    fact.getEpochStarted().setSequencerId(data(to_word(U256(2))));
  });
  std::ranges::copy(forged.bytes(), values[place].begin() + RecordHeader::size);
  LogScene::rechain(values);
  const auto found = verified(values);
  BOOST_TEST(found.find("sequencerId") != std::string::npos, found);
}

BOOST_AUTO_TEST_SUITE_END()
