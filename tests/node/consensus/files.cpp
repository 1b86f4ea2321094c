// What CometBFT is given to read. Whether it takes it: files_cometbft.cpp.
#include "node/consensus/comet_files.hpp"

#include <sys/stat.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "core/files.hpp"
#include "node/consensus/node_key.hpp"
#include "tests/fixture/comet_spec.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(consensus_files)

namespace {

// The value of a key in a section; "" stands for the head.
std::string in_config(const std::string& text, const std::string& section, const std::string& key) {
  auto from = section.empty() ? 0 : text.find("\n[" + section + "]\n");
  if (from == std::string::npos) return "no section";
  const auto to = text.find("\n[", from + 1);
  const auto at = text.find("\n" + key + " = ", from);
  if (at == std::string::npos || at > to) return "not there";
  const auto begin = at + key.size() + 4;
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::string why_no_genesis(const CometSpec& spec) {
  const auto made = comet_genesis(spec);
  return made ? "there is one" : made.error().what;
}

std::string why_no_config(const CometSpec& spec) {
  const auto made = comet_config(spec);
  return made ? "there is one" : made.error().what;
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777u : 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_genesis_byte_by_byte) {
  auto spec = comet_spec("/x");
  spec.genesis.app_state = {'{', '"', 'a', '"', ':', '1', '}'};
  BOOST_TEST(
      comet_genesis(spec).value() ==
      R"({"genesis_time":"2023-11-14T22:13:20.001Z","chain_id":"horae-test","initial_height":"1",)"
      R"("consensus_params":{"block":{"max_bytes":"1722339","max_gas":"-1"},)"
      R"("evidence":{"max_age_num_blocks":"100000","max_age_duration":"172800000000000",)"
      R"("max_bytes":"50000"},"validator":{"pub_key_types":["secp256k1eth"]},)"
      R"("version":{"app":"1"},"abci":{"vote_extensions_enable_height":"0"}},)"
      R"("validators":[{"pub_key":{"type":"tendermint/PubKeySecp256k1eth",)"
      R"("value":"Anm+Zn753LusVaBilc6HCwcCm/zbLc4o2VnygVsW+BeY"},"power":"10",)"
      R"("name":"0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"}],"app_hash":"",)"
      R"("app_state":{"a":1}})"
      "\n");
}

BOOST_AUTO_TEST_CASE(no_genesis_of_what_would_stop_the_chain) {
  const auto good = comet_spec("/x", 2);
  BOOST_TEST(why_no_genesis(good) == "there is one");
  auto spec = good;
  spec.genesis.members.clear();
  BOOST_TEST(why_no_genesis(spec) == "genesis: it has 0 members, wanted 1 to 200");
  spec.genesis.members.assign(201, good.genesis.members[0]);
  BOOST_TEST(why_no_genesis(spec) == "genesis: it has 201 members, wanted 1 to 200");
  spec = good;
  spec.genesis.members[1].key = good.genesis.members[0].key;
  BOOST_TEST(
      why_no_genesis(spec).ends_with("7e5f4552091a69125d5dfcb7b8c2659029395bdf is named twice"));
  spec = good;
  spec.genesis.members[1].power = 0;
  BOOST_TEST(why_no_genesis(spec).ends_with("has no power"));
  spec.genesis.members[1].power = 1'152'921'504'606'846'975 - 10;
  BOOST_TEST(why_no_genesis(spec) == "there is one");
  ++spec.genesis.members[1].power;
  BOOST_TEST(why_no_genesis(spec).find("more power") != std::string::npos);
  spec.genesis.members[1].power = ~std::uint64_t{0};
  BOOST_TEST(why_no_genesis(spec).find("more power") != std::string::npos);
  spec = good;
  spec.genesis.members[1].key.bytes[63] ^= 1;
  BOOST_TEST(why_no_genesis(spec).find("no point of the curve") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_genesis_that_would_reach_the_app_as_another) {
  auto spec = comet_spec("/x");
  for (const std::string text : {"", "{", "{} ", "{ }", "\"<\"", "\"a&b\"", "1 2"}) {
    spec.genesis.app_state.assign(text.begin(), text.end());
    BOOST_TEST(why_no_genesis(spec).find("its app_state ") != std::string::npos, text);
  }
  spec = comet_spec("/x");
  spec.genesis.chain_id = std::string(50, 'a');
  BOOST_TEST(why_no_genesis(spec) == "there is one");
  for (const auto& id : {std::string(), std::string(51, 'a'), std::string("a\n")}) {
    spec.genesis.chain_id = id;
    BOOST_TEST(why_no_genesis(spec).find("its chain id") != std::string::npos, id);
  }
}

BOOST_AUTO_TEST_CASE(the_config_has_what_was_measured_and_what_keeps_strangers_out) {
  auto spec = comet_spec("/home/of \"it\"");
  spec.moniker = R"(a "b\c)";
  spec.listen = {"::1", 7};
  spec.endpoint = {"a.example", 8};
  const std::string one(40, 'a'), other(40, 'b');
  spec.peers = {{one, {"127.0.0.1", 1}}, {other, {"::1", 2}}};
  const auto text = comet_config(spec).value();
  const auto is = [&](const char* section, const char* key, const std::string& value) {
    BOOST_TEST(in_config(text, section, key) == value, section << "." << key);
  };
  is("", "proxy_app", R"("unix:///home/of \"it\"/app.sock")");
  is("", "priv_validator_laddr", R"("unix:///home/of \"it\"/signer.sock")");
  is("", "moniker", R"("a \"b\\c")");
  is("", "log_level", R"("error")");
  is("rpc", "laddr", R"("tcp://127.0.0.1:26657")");
  is("rpc", "unsafe", "false");
  is("rpc", "pprof_laddr", R"("")");
  is("rpc", "max_body_bytes", "2000000");
  is("p2p", "laddr", R"("tcp://[::1]:7")");
  is("p2p", "external_address", R"("a.example:8")");
  is("p2p", "persistent_peers", "\"" + one + "@127.0.0.1:1," + other + "@[::1]:2\"");
  is("p2p", "unconditional_peer_ids", "\"" + one + "," + other + "\"");
  is("p2p", "pex", "false");
  is("p2p", "flush_throttle_timeout", R"("10ms")");
  is("mempool", "max_tx_bytes", "1000000");
  is("mempool", "cache_size", "10000");
  is("blocksync", "adaptive_sync", "false");
  is("consensus", "timeout_propose", R"("250ms")");
  is("consensus", "timeout_commit", R"("0s")");
  is("consensus", "skip_timeout_commit", "false");
  is("consensus", "peer_gossip_sleep_duration", R"("5ms")");
  is("consensus", "create_empty_blocks", "false");
  is("consensus", "double_sign_check_height", "0");
  is("tx_index", "indexer", R"("null")");
}

BOOST_AUTO_TEST_CASE(no_config_that_could_not_be_started) {
  auto spec = comet_spec("/x");
  BOOST_TEST(why_no_config(spec) == "there is one");
  spec.app_socket = "/" + std::string(107, 'a');
  BOOST_TEST(why_no_config(spec).starts_with("the socket of consensus would be /aaa"));
  spec = comet_spec("/x");
  spec.signer_socket = "relative";
  BOOST_TEST(why_no_config(spec).starts_with("the socket of the signer would be relative: "));
  spec = comet_spec("/x");
  for (const std::string name : {"", "  ", "a\tb", "Hörae"}) {
    spec.moniker = name;
    BOOST_TEST(why_no_config(spec).starts_with("the node's name among its peers: "), name);
  }
}

BOOST_AUTO_TEST_CASE(files_are_replaced_and_the_node_key_stays) {
  const Directory scratch;
  auto spec = comet_spec(scratch.path / "consensus");
  const auto id = write_comet_files(spec);
  BOOST_REQUIRE(id.has_value());
  BOOST_TEST(id->size() == 40u);
  BOOST_TEST(mode_of(spec.home / "data") == 0700u);
  BOOST_TEST(mode_of(spec.home / "config") == 0700u);
  BOOST_TEST(mode_of(spec.home / "config/node_key.json") == 0600u);
  BOOST_TEST(read_small_file(spec.home / "config/config.toml").value() ==
             comet_config(spec).value());
  BOOST_TEST(read_small_file(spec.home / "config/genesis.json").value() ==
             comet_genesis(spec).value());

  const auto key = read_small_file(spec.home / "config/node_key.json").value();
  BOOST_REQUIRE(replace_small_file(spec.home / "data/kept", "kept").has_value());
  spec.rpc_port = 1;
  BOOST_TEST(write_comet_files(spec).value() == *id);
  BOOST_TEST(read_small_file(spec.home / "config/config.toml").value() ==
             comet_config(spec).value());
  BOOST_TEST(read_small_file(spec.home / "config/node_key.json").value() == key);
  BOOST_TEST(read_small_file(spec.home / "data/kept").value() == "kept");
}

BOOST_AUTO_TEST_CASE(a_key_without_its_state_goes_and_with_it_stays) {
  const Directory scratch;
  const auto spec = comet_spec(scratch.path);
  BOOST_REQUIRE(write_comet_files(spec).has_value());
  const auto key = spec.home / "config/priv_validator_key.json";
  std::ofstream(spec.home / "data/priv_validator_state.json") << "{}";
  std::ofstream(key) << "{}";
  BOOST_REQUIRE(write_comet_files(spec).has_value());
  BOOST_TEST(std::filesystem::exists(key));
  std::filesystem::remove_all(spec.home / "data");
  BOOST_REQUIRE(write_comet_files(spec).has_value());
  BOOST_TEST(!std::filesystem::exists(key));
}

BOOST_AUTO_TEST_CASE(a_home_of_another_chain_is_refused_once_it_has_begun) {
  const Directory scratch;
  auto spec = comet_spec(scratch.path);
  BOOST_REQUIRE(write_comet_files(spec).has_value());
  spec.genesis.members[0].power = 11;
  BOOST_REQUIRE(write_comet_files(spec).has_value());
  std::filesystem::create_directory(spec.home / "data/state.db");
  BOOST_TEST(write_comet_files(spec).has_value());
  const auto before = read_small_file(spec.home / "config/genesis.json").value();
  spec.genesis.members[0].power = 12;
  BOOST_TEST(write_comet_files(spec).error().what.find("began otherwise") != std::string::npos);
  BOOST_TEST(read_small_file(spec.home / "config/genesis.json").value() == before);
}

// As CometBFT 0.40.0 made one (`cometbft init`), and what it said of it (`show-node-id`).
BOOST_AUTO_TEST_CASE(a_node_key_of_its_own_making_has_the_id_that_it_says) {
  const Directory scratch;
  const auto file = scratch.path / "node_key.json";
  const std::string key =
      R"({"priv_key":{"type":"tendermint/PrivKeyEd25519","value":"oHBBAMoynzHWg69UdvY5qexZscr3MpCiN)"
      R"(r9xL8jNhKxLPBVAdZqhtyGouw/JKngn1pBSEteXbCSj2sVASs9XHg=="}})";
  BOOST_REQUIRE(replace_small_file(file, key).has_value());
  BOOST_TEST(node_id_of(file).value() == "659a80531d37a40538097df03904e327c8c278ba");
}

BOOST_AUTO_TEST_CASE(what_is_no_node_key_is_neither_taken_nor_replaced) {
  const Directory scratch;
  const auto file = scratch.path / "node_key.json";
  for (const std::string text :
       {"", "{}", R"({"priv_key":{"type":"tendermint/PrivKeySecp256k1","value":"oHBB"}})",
        R"({"priv_key":{"type":"tendermint/PrivKeyEd25519","value":"oHBB"}})",
        R"({"priv_key":{"type":"tendermint/PrivKeyEd25519","value":7}})"}) {
    BOOST_REQUIRE(replace_small_file(file, text).has_value());
    BOOST_TEST(!node_id_of(file).has_value(), text);
    BOOST_TEST(read_small_file(file).value() == text);
  }
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  BOOST_TEST(node_id_of(file).error().what.find("can be read by others") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
