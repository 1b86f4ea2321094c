#include <atomic>

#include "duties/l1_compare.hpp"
#include "node/http/server.hpp"
#include "tests/duties/l1_chain.hpp"
#include "tests/duties/l1_scene.hpp"

using namespace horae;
using namespace horae::test;

BOOST_TEST_GLOBAL_FIXTURE(NeedsAnvil);

namespace {

/// A chain, what follows it, and what that has made.
struct Followed {
  explicit Followed(bool deployed = true) {
    if (deployed) chain.deploy();
    restart();
  }

  void restart() { follow = std::make_unique<L1Follow>(l1, sequence, options()); }
  L1FollowOptions options() const {
    L1FollowOptions out;
    out.chain_id = 31337;
    out.contracts = chain.contracts;
    out.confirmations = 0;
    return out;
  }
  void to_head() {
    const auto end = follow_to_head(*follow);
    BOOST_TEST(end.kind == FollowStep::wait, end.why);
    BOOST_TEST(follow->synced());
    BOOST_TEST(follow->next_block() == chain.head() + 1);
    BOOST_TEST(sequence.state.current.discrepancies == 0u);
    const auto differences = compare_views(l1, *sequence.pool(), *follow->confirmed());
    BOOST_REQUIRE_MESSAGE(differences, (differences ? "" : differences.error().what));
    for (const auto& each : *differences) {
      BOOST_TEST_ERROR(each.field + ": contract " + each.contract + ", fold " + each.folded);
    }
    // Replay equals life.
    Locking again;
    for (const auto& fact : sequence.life) {
      apply(again, Msg<schema::LockingFact>::of(fact.payload).read());
    }
    BOOST_TEST((again.current == sequence.state.current));
  }
  void reorg(std::uint64_t depth) { chain.ask("anvil_reorg", {depth, json::array()}); }
  /// Other blocks, since their times are others, in place of the last ones.
  void replace(std::uint64_t depth) {
    chain.ask("anvil_rollback", {depth});
    chain.ask("anvil_mine", {to_quantity(depth), "0xd"});
  }

  AnvilChain chain;
  L1Rpc l1{*Endpoint::parse(chain.url())};
  DirectSequence sequence;
  std::unique_ptr<L1Follow> follow;
};

using Kind = schema::LockingFact;

/// An endpoint in front of another that leaves logs out of its answers, or has no receipts.
class LeavingOut {
 public:
  explicit LeavingOut(const std::string& upstream) : upstream_(*Endpoint::parse(upstream)) {}

  std::atomic<bool> logs = false;         // what it shows has no logs
  std::atomic<bool> no_receipts = false;  // the method is not there
  [[nodiscard]] Endpoint endpoint() const {
    return *Endpoint::parse("http://127.0.0.1:" + std::to_string(server_->port()));
  }

 private:
  std::string answer(const std::string& body) {
    const auto asked = json::parse(body);
    if (asked.is_array()) return upstream_.post(body)->body;
    const auto method = std::string(asked.at("method").as_string());
    json::object out{{"jsonrpc", "2.0"}, {"id", asked.at("id")}};
    if (method == "eth_getBlockReceipts" && no_receipts) {
      out["error"] = json::object{{"code", -32601}, {"message", "no such method"}};
    } else if (method == "eth_getLogs" && logs) {
      out["result"] = json::array();
    } else {
      auto told = json::parse(upstream_.post(body)->body);
      if (method == "eth_getBlockReceipts" && logs) {
        for (auto& receipt : told.at("result").as_array()) receipt.at("logs") = json::array();
      }
      return json::serialize(told);
    }
    return json::serialize(out);
  }

  HttpClient upstream_;
  std::unique_ptr<rpc::HttpServer> server_ = *rpc::HttpServer::start(
      {}, [this](const std::string& body, const auto& respond) { respond(answer(body)); });
};

}  // namespace

BOOST_AUTO_TEST_SUITE(l1_anvil)

BOOST_AUTO_TEST_CASE(contracts_are_waited_for_and_a_lock_is_seen) {
  Followed l1(false);
  l1.chain.mine(3);
  BOOST_TEST(follow_to_head(*l1.follow).kind == FollowStep::no_contracts);
  l1.chain.deploy();
  l1.restart();
  l1.to_head();
  BOOST_TEST(l1.sequence.state.is_open());
  BOOST_TEST(!l1.sequence.state.opened.read().getAssumed());
  l1.chain.lock(1, wei(25'000));
  l1.to_head();
  const auto* sequencer = by_signer(l1.sequence.state, AnvilChain::signer(1));
  BOOST_REQUIRE(sequencer != nullptr);
  BOOST_TEST(sequencer->amount == wei(25'000));
  BOOST_TEST((sequencer->status == SequencerStatus::active));
}

BOOST_AUTO_TEST_CASE(a_life_that_begins_in_the_block_of_the_deployment_is_whole) {
  Followed l1;
  l1.chain.lock(1, wei(25'000));
  l1.chain.govern(l1.chain.contracts.info, AbiWriter().number(wei(1)).call("setMinLock(uint256)"));
  l1.chain.squeeze();
  BOOST_TEST(l1.chain.head() == 1u);
  l1.to_head();
  BOOST_TEST(l1.sequence.state.opened.read().getAssumed());
  BOOST_TEST(l1.sequence.state.current.min_lock == wei(1));
  BOOST_TEST(by_signer(l1.sequence.state, AnvilChain::signer(1)) != nullptr);
}

BOOST_AUTO_TEST_CASE(a_reorganisation_takes_back_and_gives_again) {
  Followed l1;
  l1.chain.lock(1, wei(25'000));
  l1.to_head();
  l1.reorg(2);
  l1.to_head();
  BOOST_TEST(l1.sequence.count(Kind::L1_REVERTED) == 1u);
  BOOST_TEST(by_signer(l1.sequence.state, AnvilChain::signer(1)) == nullptr);
  l1.chain.lock(1, wei(30'000));
  l1.to_head();
  BOOST_REQUIRE(by_signer(l1.sequence.state, AnvilChain::signer(1)) != nullptr);
  BOOST_TEST(by_signer(l1.sequence.state, AnvilChain::signer(1))->amount == wei(30'000));
  BOOST_TEST(l1.sequence.refusals.empty());
}

BOOST_AUTO_TEST_CASE(a_reorganisation_while_nobody_follows_is_found) {
  Followed l1;
  l1.chain.lock(1, wei(25'000));
  l1.to_head();
  l1.reorg(1);
  l1.chain.mine(5);
  l1.restart();
  l1.to_head();
  BOOST_TEST(l1.sequence.count(Kind::L1_REVERTED) == 1u);
  BOOST_TEST(by_signer(l1.sequence.state, AnvilChain::signer(1)) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_head_behind_the_log_is_a_reorganisation) {
  Followed l1;
  l1.chain.lock(1, wei(25'000));
  l1.chain.lock(2, wei(26'000));
  l1.to_head();
  l1.chain.ask("anvil_rollback", {2});
  l1.restart();
  l1.to_head();
  BOOST_TEST(by_signer(l1.sequence.state, AnvilChain::signer(2)) == nullptr);
  BOOST_TEST(by_signer(l1.sequence.state, AnvilChain::signer(1)) != nullptr);
  l1.chain.ask("anvil_rollback", {1});
  l1.to_head();
  BOOST_TEST(l1.sequence.refusals.empty());
}

BOOST_AUTO_TEST_CASE(heads_are_told_now_and_then) {
  Followed l1;
  l1.to_head();
  BOOST_TEST(l1.sequence.count(Kind::L1_ADVANCED) == 1u);
  for (int i = 0; i < 9; ++i) {
    l1.chain.mine(1);
    l1.to_head();
  }
  BOOST_TEST(l1.sequence.count(Kind::L1_ADVANCED) == 2u);
  l1.restart();
  l1.to_head();
  BOOST_TEST(l1.sequence.state.confirmed_head->number == l1.chain.head());
}

BOOST_AUTO_TEST_CASE(what_is_final_does_not_come_back) {
  Followed l1;
  l1.chain.lock(1, wei(25'000));
  l1.chain.mine(100);
  l1.to_head();
  BOOST_REQUIRE(l1.sequence.state.finalized.has_value());
  const auto final_block = l1.sequence.state.finalized->number;
  BOOST_TEST(final_block > 20u);
  BOOST_TEST(l1.sequence.state.pending.empty());
  l1.replace(l1.chain.head() - final_block);
  l1.to_head();
  BOOST_TEST(l1.sequence.count(Kind::L1_REVERTED) == 1u);
  BOOST_TEST(by_signer(l1.sequence.state, AnvilChain::signer(1)) != nullptr);
  l1.replace(l1.chain.head() - final_block + 1);
  BOOST_TEST(follow_to_head(*l1.follow).kind == FollowStep::below_finalized);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_goes_away_amid_a_reorganisation_hides_nothing) {
  Followed l1;
  l1.chain.lock(1, wei(25'000));
  l1.to_head();
  // The endpoint stops answering on the way down to the common block.
  class Shallow : public L1Rpc {
   public:
    using L1Rpc::L1Rpc;
    std::uint64_t lowest = 0;
    L1Result<std::optional<L1Header>> block(std::uint64_t number) override {
      if (number < lowest) return tl::unexpected(L1Fault{L1Fault::unreachable, "away", {}});
      return L1Rpc::block(number);
    }
  } shallow{*Endpoint::parse(l1.chain.url())};
  l1.follow = std::make_unique<L1Follow>(shallow, l1.sequence, l1.options());
  // Blocks that this follower itself has read, so that it knows more than one of those that go.
  l1.chain.mine(2);
  l1.to_head();
  shallow.lowest = l1.chain.head();
  l1.reorg(3);
  l1.chain.mine(5);
  BOOST_TEST(follow_to_head(*l1.follow).kind == FollowStep::unreachable);
  shallow.lowest = 0;
  l1.to_head();
  BOOST_TEST(l1.sequence.count(Kind::L1_REVERTED) == 1u);
  BOOST_TEST(by_signer(l1.sequence.state, AnvilChain::signer(1)) == nullptr);
}

BOOST_AUTO_TEST_CASE(an_endpoint_may_go_away_and_come_back) {
  Followed l1;
  l1.to_head();
  // The endpoint stops answering in the middle of its blocks and answers again later.
  class Flaky : public L1Rpc {
   public:
    using L1Rpc::L1Rpc;
    bool away = false;
    L1Result<std::vector<EthLog>> logs_of(const L1Header& block,
                                          const std::vector<Address>& addresses) override {
      if (away) return tl::unexpected(L1Fault{L1Fault::unreachable, "away", {}});
      return L1Rpc::logs_of(block, addresses);
    }
  } flaky{*Endpoint::parse(l1.chain.url())};
  L1Follow follow(flaky, l1.sequence, l1.options());
  l1.chain.lock(1, wei(25'000));
  flaky.away = true;
  const auto step = follow_to_head(follow);
  BOOST_TEST(step.kind == FollowStep::unreachable);
  BOOST_TEST(follow.step().kind == FollowStep::unreachable);
  flaky.away = false;
  BOOST_TEST(follow_to_head(follow).kind == FollowStep::wait);
  BOOST_TEST(by_signer(l1.sequence.state, AnvilChain::signer(1)) != nullptr);
}

BOOST_AUTO_TEST_CASE(logs_that_an_endpoint_leaves_out_are_missed_and_read_again) {
  Followed l1;
  l1.to_head();
  LeavingOut front(l1.chain.url());
  L1Rpc through(front.endpoint());
  L1Follow follow(through, l1.sequence, l1.options());
  BOOST_TEST(follow_to_head(follow).kind == FollowStep::wait);
  for (const bool no_receipts : {false, true}) {
    front.no_receipts = no_receipts;
    const auto n = static_cast<std::uint8_t>(no_receipts ? 2 : 1);
    front.logs = true;
    l1.chain.lock(n, wei(25'000));
    l1.chain.mine(2);
    const auto step = follow_to_head(follow);
    BOOST_TEST(step.kind == FollowStep::doubtful);
    BOOST_TEST((step.why.find("logsBloom") != std::string::npos), step.why);
    BOOST_TEST(by_signer(l1.sequence.state, AnvilChain::signer(n)) == nullptr);
    front.logs = false;
    BOOST_TEST(follow_to_head(follow).kind == FollowStep::wait);
    BOOST_TEST(by_signer(l1.sequence.state, AnvilChain::signer(n)) != nullptr);
  }
}

BOOST_AUTO_TEST_SUITE_END()
