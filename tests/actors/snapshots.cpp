#include "storage/snapshots.hpp"

#include "tests/fixture/house.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

// A log that ends some records before a snapshot is due.
void write_long_log(const Ground& ground) {
  Deciders deciders;
  deciders.begin();
  while (deciders.log.values.size() < SnapshotTaker::every - 3) {
    deciders.node(start_node(deciders.local.node, "test"));
  }
  const auto environment = Environment::open(
      {.directory = ground.log(), .access = Access::rebuildable, .tables = {"log"}});
  BOOST_REQUIRE(environment.has_value());
  LogWriter writer(*environment);
  std::vector<LogEntry> entries;
  for (const auto& value : deciders.log.values) entries.push_back({value, {}});
  BOOST_REQUIRE(writer.append(1, entries).has_value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(world_snapshots)

BOOST_AUTO_TEST_CASE(one_is_taken_when_the_log_has_its_word_for_the_state) {
  Ground ground;
  write_long_log(ground);
  std::vector<TakenSnapshot> taken;
  HouseOptions options;
  options.on_snapshot = [&](TakenSnapshot snapshot) { taken.push_back(std::move(snapshot)); };
  House house(ground, options);
  for (std::uint64_t nonce = 0; nonce < 8; ++nonce) {
    house.submit(raw_of(Transfer{.nonce = nonce}));
    // Not before StateHashed is in the log.
    const auto said =
        !house.facts(Domain::NODE).empty() &&
        Msg<schema::NodeFact>::of(house.facts(Domain::NODE).back()).read().isStateHashed();
    BOOST_TEST(taken.size() <= (said ? 1u : 0u));
  }
  house.produce();
  house.run();
  BOOST_REQUIRE(taken.size() == 1u);
  const auto seq = taken.front().header.seq;
  BOOST_TEST(seq >= SnapshotTaker::every);
  BOOST_TEST(seq < SnapshotTaker::every + 4);

  // What whoever folds the log would have taken there.
  World world;
  ServiceWatch service;
  const auto shown = house.log->scan(1, seq, [&](std::uint64_t, BytesView value) {
    const auto record = *decode_record(value);
    BOOST_REQUIRE(fold(world, record, Trust::bytes).has_value());
    service.see(record, world.local.mempool);
    return true;
  });
  BOOST_REQUIRE(shown.has_value());
  BOOST_TEST(
      (take_snapshot(world, service, state_hashes(world)).encode() == taken.front().encode()));
}

BOOST_AUTO_TEST_SUITE_END()
