#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "node/doctor/engine.hpp"
#include "node/doctor/examine.hpp"
#include "node/doctor/geth.hpp"
#include "node/doctor/keys.hpp"
#include "node/doctor/log.hpp"
#include "node/doctor/machine.hpp"
#include "node/doctor/process.hpp"
#include "tests/node/doctor/listener.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;
using namespace horae::doctor;

namespace horae::doctor {
std::ostream& operator<<(std::ostream& out, Verdict verdict) { return out << word(verdict); }
}  // namespace horae::doctor

BOOST_AUTO_TEST_SUITE(the_doctor)

namespace {

constexpr auto ok = Verdict::ok;
constexpr auto warning = Verdict::warning;
constexpr auto failed = Verdict::failed;
constexpr auto none = Verdict::skipped;
const U256 ether("1000000000000000000");

Address address(std::uint8_t n) {
  Address out;
  out.bytes.back() = n;
  return out;
}
Hash32 hash(std::uint8_t n) {
  Hash32 out;
  out.bytes.back() = n;
  return out;
}
template <class T>
Result<T> away() {
  return fail("it does not answer");
}

// A finding has its verdict and these words, and whoever must act is told what to do.
void is(const Finding& finding, Verdict verdict, std::string_view words) {
  BOOST_TEST_CONTEXT(finding.id << ": " << finding.found) {
    BOOST_TEST(finding.verdict == verdict);
    BOOST_TEST(finding.found.find(words) != std::string::npos);
    BOOST_TEST(finding.expected.empty() == (verdict == none));
    BOOST_TEST(finding.todo.empty() == (verdict == ok || verdict == none));
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_clock) {
  is(judge_clock(1000, 990, 60), ok, "10 s after");
  is(judge_clock(1000, 939, 60), failed, "61 s after L1's latest block, and no block is made");
  is(judge_clock(1000, 1003, 60), ok, "as L1's");
  is(judge_clock(1000, 1004, 60), failed, "4 s behind");
  is(judge_clock_sync(true), ok, "kept");
  is(judge_clock_sync(false), warning, "nobody");
  is(judge_clock_sync(away<bool>()), none, "answer");
}

BOOST_AUTO_TEST_CASE(disk_and_file_system) {
  constexpr std::uint64_t gib = 1u << 30;
  // A map that is full is another check's.
  is(judge_disk(Room{gib, 1, 100 * gib}), ok, "100.0 GiB free");
  is(judge_disk(Room{85 * gib, 0, 15 * gib}), warning, "15.0 GiB free");
  is(judge_disk(Room{0, 0, gib / 2}), warning, "0.5 GiB free");
  is(judge_disk(Room{0, 0, gib / 8}), failed, "no transaction");
  is(judge_disk(away<Room>()), failed, "answer");
  for (const auto& [magic, verdict, words] :
       {std::tuple{0xEF53u, ok, "ext4"}, std::tuple{0x9123683Eu, ok, "btrfs"},
        std::tuple{0x01021994u, warning, "tmpfs: "}, std::tuple{0x794C7630u, warning, "overlay: "},
        std::tuple{0x6969u, failed, "nfs: "}, std::tuple{0x1234u, warning, "0x1234"}}) {
    is(judge_file_system(std::uint64_t{magic}), verdict, words);
  }
  is(judge_open_files(1024), ok, "1024");
  is(judge_open_files(1023), warning, "1023");
  is(judge_open_files(599), failed, "599");
}

BOOST_AUTO_TEST_CASE(ports) {
  const auto judged = [](std::uint16_t port, bool taken, std::optional<bool> by_our_node) {
    return judge_port("machine.rpc_port", "rpc.port", {{"127.0.0.1", port}, taken, by_our_node});
  };
  is(judged(0, false, false), ok, "a free one");
  is(judged(8545, false, false), ok, "is free");
  is(judged(8545, true, true), ok, "running node");
  is(judged(8545, true, false), failed, "127.0.0.1:8545 is taken by another");
  is(judged(8545, true, std::nullopt), warning, "cannot be seen");
  BOOST_TEST(judged(8545, true, false).todo.find("rpc.port") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_directory) {
  is(judge_directory_mode({"/d", 0700, true}), ok, "0700");
  is(judge_directory_mode({"/d", 0750, true}), failed, "0750");
  is(judge_directory_mode({"/d", 0700, false}), failed, "another user");
  BOOST_TEST(judge_directory_mode({"/Ada's d", 0750, true})
                 .todo.starts_with("chmod 700 '/Ada'\\''s d', and chown it"));
  is(judge_directory_mode({"/d", std::nullopt, true}), none, "first start");
  is(judge_directory_mode({"/d", std::nullopt, true, "denied"}), failed, "denied");
  is(judge_lock({}), ok, "free");
  is(judge_lock({7, std::nullopt, false}), ok, "free");
  is(judge_lock({7, "horae", true}), ok, "held by process 7 (horae)");
  is(judge_lock({7, "bash", false, true}), ok, "held by process 7 of another PID namespace");
  is(judge_lock({7, "bash", true}), failed, "held by process 7 (bash)");
  is(judge_lock({7, "bash", false}), ok, "free");
  is(judge_lock({7, "horae", std::nullopt}), warning, "process 7");
}

BOOST_AUTO_TEST_CASE(the_log) {
  is(judge_map(Room{79, 5, 5}, 100), ok, "MiB");
  is(judge_map(Room{80, 5, 5}, 100), warning, "MiB");
  is(judge_map(Room{95, 5, 5}, 100), failed, "MiB");
  is(judge_map(away<Room>(), 100), failed, "answer");
  using Readers = std::vector<ReaderSeen>;
  is(judge_readers(Readers{}), ok, "nobody");
  is(judge_readers(Readers{{7, true, 10'000}}), ok, "1 at this moment");
  is(judge_readers(Readers{{7, true, 10'001}}), warning, "process 7 holds");
  is(judge_readers(Readers{{7, true, 0}, {8, false, 0}}), warning, "process 8 died");
  LogSeen log{Room{}, Identity{}, 12, {}, 10, Readers{}, SealedHead{}};
  is(judge_checkpoint(log), ok, "record 10 of 12");
  log.signed_size = 0;
  is(judge_checkpoint(log), warning, "12 records");
  log.checkpoint = fail("it lost its end");
  is(judge_checkpoint(log), failed, "lost its end");
}

BOOST_AUTO_TEST_CASE(the_identity) {
  config::Config config;
  config.l1_chain_id = 1;
  config.chain_id = 1088;
  config.engine_flags = "flags";
  auto ours = identity_of(config);
  // These two are the log's own to know.
  ours.l2_genesis = hash(1);
  ours.log_public_key = hash(2);
  is(judge_identity(ours, identity_of(config)), ok, "as the settings say");
  ours.l1_chain_id = 11'155'111;
  is(judge_identity(ours, identity_of(config)), failed, "L1 chain id: the log has 11155111");
  is(judge_identity(away<Identity>(), identity_of(config)), failed, "answer");
}

BOOST_AUTO_TEST_CASE(the_l1_endpoint) {
  is(judge_l1_chain(std::uint64_t{1}, 1), ok, "chain id 1");
  is(judge_l1_chain(std::uint64_t{5}, 1), failed, "chain id 5");
  is(judge_l1_chain(away<std::uint64_t>(), 1), failed, "no answer");
  const auto head = [](std::uint64_t time) { return Result<L1Header>(L1Header{9, time, {}, {}}); };
  is(judge_l1_head(head(1000), 1060), ok, "block 9, 60 s old");
  is(judge_l1_head(head(2000), 1060), ok, "0 s old");
  is(judge_l1_head(head(1000), 1061), warning, "61 s old");
  is(judge_l1_head(head(1000), 1601), failed, "601 s old");
  is(judge_l1_head(away<L1Header>(), 1060), failed, "answer");
  using Block = std::optional<L1Header>;
  const auto finalized = [](std::uint64_t n) { return Result<Block>(L1Header{n, 0, {}, {}}); };
  is(judge_finalized(finalized(744), true, 1000), ok, "256 behind");
  is(judge_finalized(finalized(743), true, 1000), warning, "257 behind");
  is(judge_finalized(Block(), true, 1000), failed, "no block");
  is(judge_finalized(away<Block>(), true, 1000), failed, "answer");
  is(judge_finalized(away<Block>(), false, 1000), ok, "not needed");
  is(judge_l1_logs(std::size_t{3}, 7), ok, "3");
  is(judge_l1_logs(std::size_t{0}, 7), warning, "none");
  is(judge_l1_logs(away<std::size_t>(), 7), failed, "answer");
  is(judge_l1_receipts(std::size_t{3}), ok, "3");
  is(judge_l1_receipts(away<std::size_t>()), failed, "answer");
}

BOOST_AUTO_TEST_CASE(the_contracts) {
  const ViewContracts contracts{address(1), address(2)};
  is(judge_code({true, true}, contracts), ok, "both");
  is(judge_code({false, true}, contracts), failed, "LockingPool");
  is(judge_code({true, false}, contracts), failed, "LockingInfo");
  is(judge_code({true, away<bool>()}, contracts), failed, "answer");
  using Trouble = std::optional<AddressTrouble>;
  is(judge_pairing(Trouble()), ok, "each");
  is(judge_pairing(Trouble({false, "they are swapped"})), failed, "swapped");
  is(judge_pairing(away<Trouble>()), failed, "answer");
  ContractAddresses seen;
  seen.l2_chain_id = 1088;
  is(judge_l2_of_pool(seen, 1088), ok, "1088");
  is(judge_l2_of_pool(seen, 59'902), failed, "1088");
  ContractParameters parameters;
  is(judge_paused(parameters), ok, "open");
  parameters.paused = true;
  is(judge_paused(parameters), warning, "paused");
  is(judge_paused(away<ContractParameters>()), failed, "answer");
}

BOOST_AUTO_TEST_CASE(keystores) {
  is(judge_key_modes({{"/a", 0600, true}, {"/b", 0400, true}}), ok, "2 files");
  is(judge_key_modes({{"/a", 0600, true}, {"/b", 0640, true}}), failed, "/b: mode 0640");
  is(judge_key_modes({{"/a", 0600, false}}), failed, "another user");
  is(judge_key_modes({{"/a", std::nullopt, true}}), failed, "/a is not there");
  is(judge_key_modes({{"/a", std::nullopt, true, "denied"}}), failed, "/a: denied");
  using Opened = tl::expected<void, KeyFault>;
  const auto key = [](std::optional<Opened> opened) {
    return KeySeen{"/a", address(1), std::move(opened)};
  };
  is(judge_keys_open({key(Opened())}), ok, "1 keystores");
  is(judge_keys_open({key(std::nullopt)}), none, "terminal");
  const Opened wrong = tl::unexpected(KeyFault({"the password is wrong"}, "give the right one"));
  is(judge_keys_open({key(Opened()), key(wrong)}), failed, "wrong");
  BOOST_TEST(judge_keys_open({key(wrong)}).todo == "give the right one");
  const Opened missing = tl::unexpected(KeyFault({"/a: No such file or directory"}, ""));
  is(judge_keys_open({key(missing)}), failed, "/a: No such file");
}

BOOST_AUTO_TEST_CASE(the_signer) {
  const auto signer = [](std::uint8_t n, const U256& id, std::optional<unsigned> status) {
    SignerSeen out{address(n), id, std::nullopt, std::nullopt};
    if (status) {
      out.sequencer.emplace();
      out.sequencer->status = *status;
    }
    return out;
  };
  const auto fresh = signer(1, 0, std::nullopt);
  const auto gone = signer(2, ~U256(0), std::nullopt);
  const auto leaving = signer(3, 4, 1u);
  const auto active = signer(5, 6, 2u);
  using Signers = std::vector<SignerSeen>;
  is(judge_signer(Signers{fresh, active}), ok, "sequencer 6, active");
  is(judge_signer(Signers{fresh, gone, leaving}), failed, "never locked");
  is(judge_signer(Signers{gone}), failed, "retired");
  is(judge_signer(Signers{leaving}), failed, "sequencer 4, inactive");
  is(judge_signer(Signers{signer(7, 8, 99u)}), failed, "unknown status");
  is(judge_signer(away<Signers>()), failed, "answer");

  // What is to be done fits what the keys are: a retired one can never lock.
  const auto todo = [](const Signers& signers) { return judge_signer(signers).todo; };
  BOOST_TEST(todo({fresh}).starts_with("lock METIS for it"));
  BOOST_TEST(todo({fresh, gone}).starts_with("give the keystore of the key that replaced it"));
  auto replaced = gone;
  replaced.retired = Retired{4, address(9), 77};
  const Signers two{fresh, replaced};
  BOOST_TEST(todo(two) == "give the keystore of " + to_hex(address(9)) + " (keys.signers)");
  is(judge_signer(two), failed, "replaced it as the signer of sequencer 4 at L1 block 77");
  auto left = gone;
  left.retired = Retired{4, std::nullopt, 78};
  is(judge_signer(Signers{left}), failed, "sequencer 4, whose exit began at L1 block 78, left");
  BOOST_TEST(todo({left}).starts_with("a retired key never signs again: lock METIS with a new"));
  BOOST_TEST(todo({left, leaving}).starts_with("a sequencer that has begun to leave"));
  is(judge_whitelist(true, address(1)), ok, "whitelisted");
  is(judge_whitelist(false, address(1)), failed, "is not");
  is(judge_whitelist(away<bool>(), address(1)), failed, "answer");
  ContractSequencer sequencer;
  is(judge_recipient(sequencer), warning, "none");
  sequencer.reward_recipient = address(1);
  is(judge_recipient(sequencer), ok, "0x");
}

BOOST_AUTO_TEST_CASE(what_pays_for_a_batch) {
  is(judge_mpc(address(1), address(1)), ok, "0x");
  is(judge_mpc(address(1), address(2)), failed, "0x");
  is(judge_mpc(away<Address>(), address(2)), failed, "answer");
  using Wei = Result<U256>;
  const Result<Need> usual = Need{ether, ether * 4};
  for (const auto& [have, need, verdict, words] :
       {std::tuple{Wei(ether * 4), usual, ok, "4.0000"},
        std::tuple{Wei(ether * 4 - 1), usual, warning, "3.9999"},
        std::tuple{Wei(ether), usual, warning, "1.0000"},
        std::tuple{Wei(ether - 1), usual, failed, "0.9999"},
        std::tuple{Wei(U256(0)), Result<Need>(Need{}), failed, "0.0000"},
        std::tuple{Wei(~U256(0)), usual, ok, ""}, std::tuple{away<U256>(), usual, failed, "answer"},
        std::tuple{Wei(ether), away<Need>(), failed, "answer"}}) {
    is(judge_mpc_balance(have, need), verdict, words);
    is(judge_allowance(have, need, "0x1"), verdict, words);
    is(judge_payer_balance(have, need, "0x1"), verdict, words);
  }
  BOOST_TEST(judge_mpc_balance(Wei(ether), usual).expected.starts_with("1.0000 to 4.0000 ETH"));
}

BOOST_AUTO_TEST_CASE(the_engine) {
  is(judge_engine_chain(std::uint64_t{1088}, 1088), ok, "1088");
  is(judge_engine_chain(std::uint64_t{1}, 1088), failed, "chain id 1");
  is(judge_engine_chain(away<std::uint64_t>(), 1088), failed, "no answer");
  using enum EngineDialect;
  const std::tuple<EngineDialect, const char*, Verdict> clients[] = {
      {anvil, "anvil/v1.7.1", ok},
      {anvil, "anvil/v2.0.0", warning},
      {anvil, "anvil/v1.17.1", warning},
      {anvil, "Geth/v1.17.5-stable/linux-amd64/go1.26.8", failed},
      {geth, "Geth/v1.17.5-stable/linux-amd64/go1.26.8", ok},
      {geth, "Geth/v1.17.10-stable", ok},
      {geth, "Geth/v1.17.4-stable", warning},
      {geth, "Geth/v1.18.5-stable", warning},
      {geth, "Geth/vNext", warning},
      {geth, "reth/v2.3.3", failed},
      {geth, "anvil/v1.7.1", failed},
      {engine_api, "Geth/v1.101702.3-stable/linux-amd64/go1.26.8", ok},
      {engine_api, "Geth/v1.17.5-stable/linux-amd64/go1.26.8", warning},
      {engine_api, "Geth/v0.1.0-untagged/linux-amd64/go1.26.8", warning},
      {engine_api, "op-reth/v2.1.0", failed},
  };
  for (const auto& [dialect, client, verdict] : clients) {
    is(judge_engine_client(dialect, std::string(client)), verdict, client);
  }
  is(judge_engine_client(geth, away<std::string>()), failed, "answer");
  is(judge_engine_peers(EngineHealth{7, 0}), ok, "none");
  is(judge_engine_peers(EngineHealth{7, 2}), failed, "2");
  is(judge_engine_peers(EngineHealth{7, std::nullopt}), none, "none to have");
  is(judge_engine_peers(away<EngineHealth>()), failed, "answer");
  is(judge_engine_pool(std::optional(true)), ok, "closed");
  is(judge_engine_pool(std::optional(false)), failed, "--txpool.pricelimit");
  is(judge_engine_pool(std::optional<bool>()), none, "for trials");
  is(judge_engine_pool(away<std::optional<bool>>()), warning, "answer");
  EngineBlock genesis;
  genesis.hash = hash(1);
  genesis.timestamp = 5;
  is(judge_genesis(genesis, hash(1), 6), ok, "block 0 0x");
  is(judge_genesis(genesis, hash(2), 5), failed, "block 0 0x");
  is(judge_genesis(genesis, std::nullopt, 5), ok, "time 5");
  is(judge_genesis(genesis, std::nullopt, 6), failed, "time 5");
  is(judge_genesis(away<EngineBlock>(), std::nullopt, 6), failed, "answer");

  const SealedHead log{10, hash(1)};
  is(judge_engine_head(Fault{"no answer"}, log), failed, "no answer");
  for (const bool runs : {true, false}) {
    is(judge_engine_head(10, log, hash(1), runs), ok, "block 10");
    is(judge_engine_head(0, {}, std::nullopt, runs), ok, "block 0");
    is(judge_engine_head(11, log, hash(1), runs), ok, "block 11");
    is(judge_engine_head(9, log, std::nullopt, runs), runs ? failed : ok, "block 9");
    is(judge_engine_head(10, log, hash(2), runs), runs ? failed : warning, "another block");
  }
}

BOOST_AUTO_TEST_CASE(each_wrong_flag_of_geth_is_named) {
  is(judge_jwt_file({}), ok, "its user");
  is(judge_jwt_file(away<void>()), failed, "answer");
  is(judge_engine_api({}), ok, "answers");
  is(judge_engine_api(away<void>()), failed, "answer");
  is(judge_building(GethProbe::Block{8, 30'000'000, {}, {}}), ok, "block 8");
  const auto closed = judge_building(away<GethProbe::Block>());
  is(closed, failed, "answer");
  BOOST_TEST(closed.todo.find("--http.api eth,net,web3,debug,testing") != std::string::npos);
  is(judge_gas_limit(30'000'000, 30'000'000), ok, "30000000");
  const auto drifts = judge_gas_limit(30'029'295, 30'000'000);
  is(drifts, failed, "30029295: --miner.gaslimit is another");
  BOOST_TEST(drifts.expected == "--miner.gaslimit 30000000");
  is(judge_sync_mode(true), ok, "executes");
  is(judge_sync_mode(false), failed, "--syncmode");
  is(judge_sync_mode(away<bool>()), failed, "answer");
  using enum GethProbe::States;
  is(judge_states(archive), ok, "by hash");
  is(judge_states(recent), failed, "--gcmode is not archive");
  is(judge_states(by_path), failed, "--state.scheme is path");
  is(judge_states(unchanged), none, "cannot be seen");
  is(judge_states(away<GethProbe::States>()), warning, "answer");
  is(judge_request_size(100, true), ok, "100 bytes");
  is(judge_request_size(100, false), failed, "--rpc.http-body-limit");
  is(judge_request_size(100, away<bool>()), failed, "answer");
}

BOOST_AUTO_TEST_CASE(how_far_geth_goes_back_is_read_from_its_command) {
  is(judge_reorg_depth({}), none, "command line");
  is(judge_reorg_depth({"geth", "--syncmode=full"}), failed, "32 blocks");
  is(judge_reorg_depth({"geth", "--engine.maxreorgdepth=0"}), ok, "=0");
  is(judge_reorg_depth({"geth", "-engine.maxreorgdepth", "0", "--http"}), ok, "=0");
  is(judge_reorg_depth({"geth", "--engine.maxreorgdepth=0", "--engine.maxreorgdepth", "8"}), failed,
     "=8");
  is(judge_reorg_depth({"geth", "--config", "geth.toml"}), none, "command line");
}

BOOST_AUTO_TEST_CASE(who_listens_is_found_with_the_words_it_was_started_with) {
  HostPort at;
  {
    const test::Listener listener("127.0.0.1");
    at = listener.at;
    BOOST_TEST((listener_on(at) == ::getpid()));
    const auto command = command_of(::getpid());
    BOOST_REQUIRE(!command.empty());
    BOOST_TEST(command.front() == boost::unit_test::framework::master_test_suite().argv[0]);
  }
  BOOST_TEST(!listener_on(at).has_value());
  BOOST_TEST(command_of(0).empty());
}

BOOST_AUTO_TEST_CASE(a_port_is_taken_where_its_address_is) {
  const auto taken = [](const test::Listener& by, const std::string& host) {
    return is_listened_on({host, by.at.port});
  };
  const test::Listener one("127.0.0.2"), all("0.0.0.0");
  BOOST_TEST(taken(one, "127.0.0.2"));
  BOOST_TEST(!taken(one, "127.0.0.3"));
  for (const auto* host : {"0.0.0.0", "::"}) {
    BOOST_TEST(taken(one, host));
    BOOST_TEST(taken(all, host));
  }
  BOOST_TEST(taken(all, "127.0.0.2"));
  BOOST_TEST(taken(all, "localhost"));
}

BOOST_AUTO_TEST_CASE(a_directory_without_a_log_is_no_failure) {
  const test::Directory directory;
  config::Config config;
  config.datadir = directory.path / "not yet";
  config.log_map_mib = 1;
  const auto log = look_at_log(config);
  BOOST_REQUIRE(log.has_value());
  BOOST_TEST(!log->has_value());
  for (const auto& one :
       examine_log(config, identity_of(config), look_at_lock(config.datadir), log)) {
    BOOST_TEST(one.verdict == (one.id == "directory.lock" ? ok : none));
  }
}

BOOST_AUTO_TEST_CASE(what_is_shown) {
  const Check first{"l1.code", "five", "make it five"};
  const Findings findings{first.ok("5"), Check{"keys.open", "six", "add one"}.failed("5"),
                          Check{"l1.head", "seven", "add two"}.warning("5"),
                          skipped("l1.logs", "why not")};
  BOOST_TEST(as_text(findings, false) ==
             "l1.code    ok        5\n"
             "keys.open  failed    5\n"
             "                     expected: six\n"
             "                     do: add one\n"
             "l1.head    warning   5\n"
             "                     expected: seven\n"
             "                     do: add two\n"
             "l1.logs    skipped   why not\n"
             "4 checks: 1 ok, 1 warning, 1 failed, 1 skipped\n");
  BOOST_TEST(as_text(findings, true).find("\033[31mfailed") != std::string::npos);
  BOOST_TEST(as_json({first.failed("4")}) ==
             R"({"ok":false,"warnings":0,"failed":1,"skipped":0,"checks":[{"id":"l1.code",)"
             R"("verdict":"failed","found":"4","expected":"five","todo":"make it five"}]})");
  BOOST_TEST(as_json({first.warning("4")}).starts_with(R"({"ok":true)"));
  is(refused({{"horae.toml:1:1", "no setting is called x"}}), failed, "horae.toml:1:1: no setting");
}

BOOST_AUTO_TEST_SUITE_END()
