#include "node/doctor/pool.hpp"

#include <boost/test/unit_test.hpp>

#include "node/child/loopback.hpp"
#include "node/doctor/reach.hpp"
#include "node/http/server.hpp"
#include "node/pool/genesis_fits.hpp"
#include "tests/fixture/pool_genesis.hpp"
#include "tests/node/doctor/listener.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;
using namespace horae::doctor;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(the_doctor_of_a_member)

namespace {

constexpr auto good = doctor::Verdict::ok;
constexpr auto doubt = doctor::Verdict::warning;
constexpr auto bad = doctor::Verdict::failed;
constexpr auto left_out = doctor::Verdict::skipped;

// A finding has its verdict and these words, and whoever must act is told what to do.
void finds(const Finding& finding, doctor::Verdict verdict, std::string_view words) {
  BOOST_TEST_CONTEXT(finding.id << ": " << word(finding.verdict) << " " << finding.found) {
    BOOST_TEST((finding.verdict == verdict));
    BOOST_TEST(finding.found.find(words) != std::string::npos);
    BOOST_TEST(finding.todo.empty() == (verdict == good || verdict == left_out));
  }
}

// Of a pool of two, of whom the first leads.
MemberSeen member(std::uint8_t secret) {
  return {genesis_of({30'000, 20'000}), {}, address_of_secret(secret)};
}

// Settings that fit that pool.
config::Config fitting() {
  config::Config out;
  out.l1_chain_id = 31337;
  out.chain_id = l2_chain_id;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_genesis) {
  finds(judge_pool_genesis(member(1)), good, "of the pool test-pool, 2 members");
  auto seen = member(1);
  seen.fits = fail("l2.chain_id is 1");
  finds(judge_pool_genesis(seen), bad, "l2.chain_id is 1");
  seen.genesis = fail("it is no JSON");
  finds(judge_pool_genesis(seen), bad, "no JSON");
  finds(judge_pool_voice(seen), left_out, "genesis");
  seen = member(1);
  seen.other_rules = "l2.epoch_length";
  finds(judge_pool_genesis(seen), doubt, "l2.epoch_length");
}

BOOST_AUTO_TEST_CASE(settings_fit_the_genesis_or_the_first_that_does_not_is_named) {
  auto genesis = Msg<schema::PoolGenesis>::build([](auto root) {
    root.setL1ChainId(31337);
    root.setL2ChainId(l2_chain_id);
    root.setLockingPool(data(Address()));
    root.setLockingInfo(data(Address()));
  });
  BOOST_TEST(check_fits(fitting(), genesis.read()).has_value());
  const auto wrong = [&](auto change) {
    auto config = fitting();
    change(config);
    return check_fits(config, genesis.read()).error().what;
  };
  BOOST_TEST(wrong([](auto& config) { config.l1_chain_id = 1; }) ==
             "the L1 chain of network is 1, and the genesis says 31337");
  BOOST_TEST(wrong([](auto& config) {
               config.locking_info.bytes.back() = 7;
             }).starts_with("l1.locking_info is 0x0000000000000000000000000000000000000007, "));
  BOOST_TEST(wrong([](auto& config) {
               config.locking_pool.bytes.back() = 7;
             }).starts_with("l1.locking_pool is "));
  BOOST_TEST(wrong([](auto& config) { config.chain_id = 1; }).starts_with("l2.chain_id is 1, "));
}

BOOST_AUTO_TEST_CASE(whose_voice_it_is) {
  finds(judge_pool_voice(member(1)), good, "power 30000");
  finds(judge_pool_voice(member(2)), good, "power 20000");
  finds(judge_pool_voice(member(3)), doubt, "no member");
  auto unnamed = member(1);
  unnamed.voice = fail("it names no address");
  finds(judge_pool_voice(unnamed), left_out, "names no address");
}

BOOST_AUTO_TEST_CASE(the_log_of_a_member_of_before_knows_of_no_engine) {
  Identity wanted;
  wanted.from_block = 9;
  wanted.genesis_time = 5;
  wanted.engine = "flags";
  for (const auto& known : {Result<Identity>(wanted), Result<Identity>(fail("there is none"))}) {
    const auto now = of_member(wanted, member(2), known);
    BOOST_TEST(now.from_block == 0u);
    BOOST_TEST(now.engine == "flags");
  }
  const auto old = of_member(wanted, member(2), Identity{});
  BOOST_TEST(old.engine == "");
  BOOST_TEST(old.genesis_time == 0u);
}

BOOST_AUTO_TEST_CASE(where_cometbft_comes_from) {
  finds(judge_pool_cometbft({false, std::filesystem::path("/bin/cometbft")}), good,
        "/bin/cometbft");
  finds(judge_pool_cometbft({true, std::filesystem::path()}), good, "somebody else");
  const auto missing = judge_pool_cometbft({false, fail("there is none at /nowhere")});
  finds(missing, bad, "/nowhere");
  BOOST_TEST(missing.todo.find("pool.command") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_joining_made) {
  JoinedSeen seen{
      {{"/d/consensus", 0700, true}, {"/d/consensus/signer", 0700, true}}, "ab12", true};
  finds(judge_pool_files(seen), good, "ab12");
  seen.directories.back().mode = 0750;
  finds(judge_pool_files(seen), bad, "/d/consensus/signer has mode 0750");
  seen.directories.back() = {"/d/consensus/signer", 0700, false};
  finds(judge_pool_files(seen), bad, "another user");
  seen.directories.back() = {"/d/consensus/signer", std::nullopt, true};
  finds(judge_pool_files(seen), bad, "/d/consensus/signer is not there");
  seen.record = false;
  finds(judge_pool_files(seen), bad, "the signer's record is not there");
  seen.id = fail("it is not there");
  const auto never = judge_pool_files(seen);
  finds(never, bad, "the node key: it is not there");
  BOOST_TEST(never.todo.find("horae pool join") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(peers_that_answer_and_that_do_not) {
  finds(judge_pool_peers({}, 1), good, "one member");
  finds(judge_pool_peers({}, 4), doubt, "none is named");
  finds(judge_pool_peers({}, 0), doubt, "none is named");
  finds(judge_pool_peers({{"a@h:1", {}}, {"b@h:2", {}}}, 4), good, "all 2 answer");
  finds(judge_pool_peers({{"a@h:1", {}}, {"b@h:2", fail("refused")}}, 4), doubt,
        "1 of 2 answer; b@h:2: refused");
}

BOOST_AUTO_TEST_CASE(who_listens_is_reached) {
  constexpr auto patience = std::chrono::seconds(5);
  std::uint16_t port = 0;
  {
    const auto server = rpc::HttpServer::serve({}, [](const rpc::HttpRequest&, auto respond) {
                          respond({.body = ""});
                        }).value();
    port = server->port();
    BOOST_TEST(reach({"127.0.0.1", port}, patience).has_value());
    BOOST_TEST(reach({"localhost", port}, patience).has_value());
  }
  BOOST_TEST(!reach({"127.0.0.1", port}, patience).has_value());
}

BOOST_AUTO_TEST_CASE(copies) {
  finds(judge_pool_copies(member(1), 1), good, "1 of 2");
  finds(judge_pool_copies(member(1), 2), good, "2 of 2");
  finds(judge_pool_copies(member(1), 3), doubt, "3 are wanted, and the genesis names 2");
  auto seen = member(1);
  seen.genesis = fail("it is no JSON");
  finds(judge_pool_copies(seen, 3), left_out, "genesis");
}

BOOST_AUTO_TEST_CASE(of_a_node_alone_all_is_skipped_and_of_a_member_nothing_is_made) {
  const Directory directory;
  auto config = fitting();
  config.datadir = directory.path;
  config.pool_listen = {"127.0.0.1", free_port().value()};
  config.pool_rpc_port = free_port(config.pool_listen.port).value();
  config.pool_link_listen = {"127.0.0.1", free_port(config.pool_rpc_port).value()};
  for (const auto& one : examine_pool(config, look_at_member(config), 0)) {
    finds(one, left_out, "alone");
  }
  const auto findings = examine_pool(config, member(2), 0);
  BOOST_TEST(findings.size() == 9u);
  for (const auto& one : findings) {
    if (one.id == "pool.files") finds(one, bad, "node_key.json is not there");
    if (one.id == "pool.listen" || one.id == "pool.rpc_port" || one.id == "pool.link_listen") {
      finds(one, good, "is free");
    }
  }
  BOOST_TEST(std::filesystem::is_empty(directory.path));
}

BOOST_AUTO_TEST_CASE(of_the_port_for_peers_the_address_counts) {
  const Directory directory;
  const Listener other("127.0.0.2");
  auto config = fitting();
  config.datadir = directory.path;
  config.pool_rpc_port = free_port(other.at.port).value();
  const auto finds_listen = [&](const std::string& host, doctor::Verdict verdict,
                                std::string_view words) {
    config.pool_listen = {host, other.at.port};
    for (const auto& one : examine_pool(config, member(2), 0)) {
      if (one.id == "pool.listen") finds(one, verdict, words);
    }
  };
  finds_listen("127.0.0.3", good, "is free");
  finds_listen("127.0.0.2", bad, "is taken by another process");
  finds_listen("0.0.0.0", bad, "is taken by another process");
}

BOOST_AUTO_TEST_SUITE_END()
