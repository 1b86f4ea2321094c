#include "tests/duties/l1_scene.hpp"
#include "tests/fixture/deciders.hpp"

// Following L1 as a member of a pool: what is known is what all agreed on, not what this endpoint
// showed.
using namespace horae;
using namespace horae::test;

namespace {

// Empty blocks; those of a fork of its own are none that the pool knows.
class ForkedEndpoint : public L1Port {
 public:
  std::uint64_t latest = 45, finalized = 20;
  std::uint64_t fork = 1;  // 0: what the pool knows

  L1Result<std::uint64_t> chain_id() override { return 31337u; }
  L1Result<std::optional<L1Header>> head(L1Tag tag) override {
    return block(tag == L1Tag::latest ? latest : finalized);
  }
  L1Result<std::optional<L1Header>> block(std::uint64_t number) override {
    if (number > latest) return std::optional<L1Header>();
    L1Header out;
    out.number = number;
    out.timestamp = Scene::time(number);
    out.hash = Scene::block_hash(number, fork);
    out.parent = Scene::block_hash(number - 1, fork);
    return std::optional(out);
  }
  L1Result<L1Logs> logs(std::uint64_t, std::uint64_t to, const std::vector<Address>&) override {
    return L1Logs{to, {}};
  }
  L1Result<std::vector<EthLog>> all_logs(const L1Header&) override { return none(); }
  L1Result<std::vector<EthLog>> logs_of(const L1Header&, const std::vector<Address>&) override {
    return std::vector<EthLog>();
  }
  L1Result<bool> has_code(const Address&, std::uint64_t) override { return none(); }
  L1Result<std::vector<Bytes>> calls(const L1Header&, const std::vector<L1Call>&) override {
    return none();
  }
  L1Result<std::optional<L1Txn>> txn_of(const EthLog&) override { return none(); }
  void cancel() override {}

 private:
  static tl::unexpected<L1Fault> none() {
    return tl::unexpected(L1Fault{L1Fault::refused, "not asked for in these cases", {}});
  }
};

L1FollowOptions options_with(std::uint64_t pool_step) {
  L1FollowOptions options;
  options.chain_id = 31337;
  options.from_block = 10;
  options.confirmations = 0;
  options.pool_step = pool_step;
  return options;
}

void begin(DirectSequence& sequence) {
  for (const auto& command : {open_pool(), advance_to(40, 30)}) {
    BOOST_REQUIRE(sequence.submit(command)->read().isAccepted());
  }
}

// Of a log whose finalized block the endpoint has another in place of.
FollowStep::Kind followed(ForkedEndpoint& l1, std::uint64_t pool_step) {
  DirectSequence sequence;
  begin(sequence);
  L1Follow follow(l1, sequence, options_with(pool_step));
  return follow_to_head(follow).kind;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(l1_follow_pool)

BOOST_AUTO_TEST_CASE(an_endpoint_that_is_behind_on_a_fork_is_waited_for) {
  ForkedEndpoint l1;
  BOOST_TEST(followed(l1, 8) == FollowStep::doubtful);
  // Alone, it said itself what is final.
  BOOST_TEST(followed(l1, 0) == FollowStep::below_finalized);
  // And where it holds its fork to be final, one of them is wrong.
  l1.finalized = 30;
  BOOST_TEST(followed(l1, 8) == FollowStep::below_finalized);
}

BOOST_AUTO_TEST_CASE(the_next_head_is_told_as_soon_as_it_is_there_and_none_twice) {
  ForkedEndpoint l1;
  l1.fork = 0;
  l1.finalized = 35;  // newer than what the pool knows
  DirectSequence sequence;
  begin(sequence);
  const auto facts = sequence.life.size();
  L1Follow follow(l1, sequence, options_with(6));
  BOOST_TEST(follow_to_head(follow).kind == FollowStep::wait);
  BOOST_TEST(follow.synced());
  BOOST_TEST(sequence.life.size() == facts);
  l1.latest = 46;
  BOOST_TEST(follow_to_head(follow).kind == FollowStep::wait);
  BOOST_TEST(sequence.life.size() == facts + 1);
  BOOST_TEST(sequence.state.confirmed_head->number == 46u);
}

BOOST_AUTO_TEST_SUITE_END()
