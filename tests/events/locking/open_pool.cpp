#include "events/locking/open_pool.hpp"

#include "tests/events/locking/scene.hpp"

using namespace horae;
using namespace horae::test;

namespace {

L1Progress progress_of(const Locking& state) {
  const auto told = Msg<schema::L1Progress>::build([&](auto out) { fill(out, state); });
  BOOST_REQUIRE(Msg<schema::L1Progress>::parse(told.bytes()).has_value());
  return to_progress(*told);
}

OpenPool pool_of(const Locking& state) {
  const auto told = Msg<schema::OpenPool>::build([&](auto out) { fill(out, state); });
  BOOST_REQUIRE(Msg<schema::OpenPool>::parse(told.bytes()).has_value());
  return to_open_pool(*told);
}

std::vector<std::uint64_t> numbers(const std::vector<L1Point>& blocks) {
  std::vector<std::uint64_t> out;
  for (const auto& block : blocks) {
    BOOST_TEST((block.hash == Scene::block_hash(block.number)));
    out.push_back(block.number);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(open_pool)

BOOST_AUTO_TEST_CASE(the_pool_comes_through_its_message_as_it_is) {
  Scene scene;
  scene.open();
  BOOST_TEST((pool_of(scene.state).view == scene.state.current));
  scene.observe(20, {locked(1, 1, metis(20000), metis(20000)), owner_changed(1, address(11)),
                     recipient_changed(1, address(21))});
  scene.observe(21, {locked(2, 2, metis(30000), metis(50000))});
  scene.advance(30, 20);
  scene.observe(31,
                {distributed(2, 1, 10, 761000000000000, {{1, 10}}, schema::SplitSource::UNKNOWN)});
  const auto pool = pool_of(scene.state);
  BOOST_TEST((pool.view == scene.state.current));
  BOOST_TEST((pool.view != scene.state.base));
  BOOST_TEST(!pool.view.sequencers.at(1).reward.has_value());
  BOOST_TEST((std::ranges::equal(pool.opened.bytes(), scene.state.opened.bytes())));
}

BOOST_AUTO_TEST_CASE(progress_names_each_block_once) {
  Scene scene;
  scene.open();
  auto progress = progress_of(scene.state);
  BOOST_TEST(progress.blocks.empty());
  BOOST_TEST((!progress.confirmed && !progress.finalized));
  scene.observe(20, {locked(1, 1, metis(20000), metis(20000)), owner_changed(1, address(11)),
                     recipient_changed(1, address(21))});
  scene.observe(25, {locked(2, 2, metis(30000), metis(50000)), owner_changed(2, address(12))});
  BOOST_TEST((numbers(progress_of(scene.state).blocks) == std::vector<std::uint64_t>{20, 25}));
  scene.advance(40, 25);
  scene.observe(41, {recipient_changed(1, address(22)), recipient_changed(2, address(23))});
  progress = progress_of(scene.state);
  // 25 is the last that is final; 20 can matter to nobody any more.
  BOOST_TEST((numbers(progress.blocks) == std::vector<std::uint64_t>{25, 41}));
  BOOST_TEST((progress.confirmed == scene.state.confirmed_head));
  BOOST_TEST((progress.finalized == scene.state.finalized));
  BOOST_TEST(progress.discrepancies == scene.state.base.discrepancies);
  scene.revert(40);
  progress = progress_of(scene.state);
  BOOST_TEST((numbers(progress.blocks) == std::vector<std::uint64_t>{25}));
  BOOST_TEST(progress.confirmed->number == 40u);
}

BOOST_AUTO_TEST_SUITE_END()
