#include <boost/test/unit_test.hpp>
#include <fstream>

#include "core/nearest.hpp"
#include "node/config/load.hpp"
#include "node/config/local.hpp"
#include "node/config/write.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;
using namespace horae::config;

BOOST_AUTO_TEST_SUITE(configuration)

namespace {

constexpr const char* whole = R"(network = "sepolia"
[l1]
endpoint = "http://l1.example:8545/secret-key"
[engine]
endpoint = "http://127.0.0.1:8546"
[l2]
genesis_time = 1700000000
[keys]
signers = ["signer.json"]
)";

// A file in a directory of its own, and what else a program is given.
struct Scene {
  test::Directory directory;
  std::map<std::string, std::string, std::less<>> flags, variables;

  Loaded load(const std::string& text) const {
    const auto path = directory.path / "horae.toml";
    std::ofstream(path) << text;
    return config::load({path,
                         [this](const std::string& name) -> std::optional<std::string> {
                           const auto found = variables.find(name);
                           if (found == variables.end()) return std::nullopt;
                           return found->second;
                         },
                         flags});
  }
  std::string problem(const std::string& text) const {
    const auto loaded = load(text);
    if (loaded.problems.empty()) return "none";
    auto where = loaded.problems.front().where;
    if (const auto at = where.rfind("horae.toml"); at != std::string::npos)
      where = where.substr(at);
    return where + ": " + loaded.problems.front().what;
  }
};

// A value that each setting takes, other than its standard.
std::string other_value(const Setting& setting) {
  if (setting.name == "network") return "andromeda";
  if (setting.name == "rewards.count") return "allotted";
  if (setting.name == "l2.sign_txns") return "yes";
  if (setting.kind == "URL") return "http://other.example:1";
  if (setting.kind == "ADDRESS") return "0x00000000000000000000000000000000000000aa";
  if (setting.kind == "FILE" || setting.kind == "FILES" || setting.kind == "DIRECTORY") return "/x";
  return setting.kind == "TEXT" ? "--flag" : "21000";
}
std::string third_value(const Setting& setting) {
  if (setting.name == "network") return "sepolia";
  if (setting.name == "rewards.count") return "produced";
  if (setting.name == "l2.sign_txns") return "no";
  if (setting.kind == "URL") return "http://third.example:1";
  if (setting.kind == "ADDRESS") return "0x00000000000000000000000000000000000000bb";
  if (setting.kind == "FILE" || setting.kind == "FILES" || setting.kind == "DIRECTORY") return "/y";
  return setting.kind == "TEXT" ? "--other" : "21001";
}
bool fits(const Setting& setting, const std::string& value) {
  Config config;
  return setting.set(config, value, {}).has_value();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_whole_file_has_no_problem) {
  const Scene scene;
  const auto loaded = scene.load(whole);
  for (const auto& one : loaded.problems) BOOST_ERROR(one.where + ": " + one.what);
  BOOST_TEST(loaded.config.chain_id == 59902u);
  BOOST_TEST(loaded.config.from_block == 5'453'477u);
  BOOST_TEST(!loaded.config.confirmations);
  BOOST_TEST(loaded.config.signers.at(0).string() ==
             (scene.directory.path / "signer.json").string());
  BOOST_TEST(loaded.config.datadir.string() == (scene.directory.path / "data").string());
}

BOOST_AUTO_TEST_CASE(of_a_pool_there_is_nothing_until_there_is_a_genesis) {
  const Scene scene;
  const auto alone = scene.load(whole).config;
  BOOST_TEST(!alone.pool_genesis);
  BOOST_TEST(alone.pool_listen.shown() == "127.0.0.1:26656");
  BOOST_TEST(!alone.pool_endpoint);
  BOOST_TEST(alone.pool_link_listen.shown() == "127.0.0.1:26670");
  BOOST_TEST(!alone.pool_link_endpoint);
  BOOST_TEST(alone.pool_peers.empty());
  BOOST_TEST((alone.pool_command.empty() && !alone.pool_external));
  BOOST_TEST(alone.pool_rpc_port == 26'657u);
  BOOST_TEST(alone.pool_keep_heights == 0u);
  const auto peers = scene.problem(std::string(whole) + R"([pool]
peers = ["659a80531d37a40538097df03904e327c8c278ba@127.0.0.1:1"])");
  BOOST_TEST(peers.find("pool.peers is set, and pool.genesis is not") != std::string::npos, peers);
  BOOST_TEST(alone.acknowledge_copies == 1u);
  const auto copies = scene.problem(std::string(whole) + "[acknowledge]\ncopies = 2");
  BOOST_TEST(copies.find("acknowledge.copies is 2, and this node is alone") != std::string::npos,
             copies);
  BOOST_TEST(copies.find("leave it at 1") != std::string::npos, copies);
}

BOOST_AUTO_TEST_CASE(a_pool_is_read) {
  const Scene scene;
  const std::string one(40, 'a'), other(40, 'b');
  const auto loaded = scene.load(
      std::string(whole) + "[pool]\ngenesis = \"pool.json\"\n" +
      "listen = \"[::]:7\"\nendpoint = \"a.example:9\"\nrpc_port = 8\n" +
      "link_listen = \"0.0.0.0:10\"\nlink_endpoint = \"a.example:11\"\npeers = [\"" + one +
      "@a.example:1\", \"" + other + "@[::1]:2\"]\n" +
      "command = \"cometbft --trace\"\nkeep_heights = 100000\n" + "[acknowledge]\ncopies = 2\n");
  for (const auto& each : loaded.problems) BOOST_ERROR(each.where + ": " + each.what);
  const auto& config = loaded.config;
  BOOST_TEST(config.pool_genesis->string() == (scene.directory.path / "pool.json").string());
  BOOST_TEST(config.pool_listen.shown() == "[::]:7");
  BOOST_TEST(config.pool_endpoint->shown() == "a.example:9");
  BOOST_TEST(config.pool_link_listen.shown() == "0.0.0.0:10");
  BOOST_TEST(config.pool_link_endpoint->shown() == "a.example:11");
  BOOST_TEST(config.pool_rpc_port == 8u);
  BOOST_TEST(config.pool_keep_heights == 100'000u);
  BOOST_TEST(config.acknowledge_copies == 2u);
  BOOST_REQUIRE(config.pool_peers.size() == 2u);
  BOOST_TEST(config.pool_peers[0].shown() == one + "@a.example:1");
  BOOST_TEST(config.pool_peers[1].shown() == other + "@[::1]:2");
  BOOST_TEST(config.pool_command == (std::vector<std::string>{"cometbft", "--trace"}),
             boost::test_tools::per_element());
  BOOST_TEST(!config.pool_external);
}

BOOST_AUTO_TEST_CASE(what_no_pool_can_be_run_with_is_refused) {
  const Scene scene;
  const std::string pool = std::string(whole) + "[pool]\ngenesis = \"pool.json\"\n";
  const auto refused = [&](const std::string& lines, const std::string& words) {
    const auto problem = scene.problem(pool + lines);
    BOOST_TEST(problem.find(words) != std::string::npos, lines << ": " << problem);
  };
  BOOST_TEST(scene.problem(pool + "command = \"external\"") == "none");
  refused("listen = \"0.0.0.0:7\"", "pool.endpoint is not set");
  refused("endpoint = \"[::]:7\"", "wanted an address that others can dial");
  const std::string peer = std::string(40, 'a') + "@a:1";
  refused("peers = \"" + peer + "," + peer + "\"", "is named twice");
  refused("peers = \"a:1\"", "wanted id@host:port");
  refused("listen = \"localhost\"", "wanted host:port");
  refused("rpc_port = 0", "wanted a number from 1 to 65535");
  refused("command = \"cometbft > log\"", "pool.command: ");
  refused("keep_heights = 99999", "wanted 0 for all or a number of at least 100000, got 99999");
  refused("rpc_port = 8545", "pool.rpc_port and rpc.port are both 8545");
  refused("rpc_port = 8560", "pool.rpc_port and ops.port are both 8560");
  refused("rpc_port = 26656", "pool.rpc_port and pool.listen are both 26656");
  refused("rpc_port = 26670", "pool.rpc_port and pool.link_listen are both 26670");
  refused("listen = \"127.0.0.1:26670\"", "pool.link_listen and pool.listen are both 26670");
  refused("link_listen = \"0.0.0.0:26670\"", "pool.link_endpoint is not set");
  refused("listen = \"192.0.2.1:7\"", "which is their own machine");
  refused("[acknowledge]\ncopies = 0", "wanted a number from 1 to 64, got 0");
  refused("[acknowledge]\ncopies = 65", "wanted a number from 1 to 64, got 65");
}

// Every setting × every pair of sources: the stronger one counts, and is named.
BOOST_AUTO_TEST_CASE(flags_go_before_the_environment_before_the_file_before_the_standard) {
  for (const auto& setting : settings()) {
    const std::string name(setting.name);
    const auto low = other_value(setting);
    const auto high = third_value(setting);
    BOOST_REQUIRE_MESSAGE(fits(setting, low) == fits(setting, high), name);
    const auto& first = fits(setting, low) ? low : std::string("100");
    const auto& second = fits(setting, low) ? high : std::string("101");
    std::map<std::string, std::string, std::less<>> given{{"network", "sepolia"}};
    given.insert_or_assign(name, first);
    const auto in_file = commented_file(given);
    const auto origin = [&](const Scene& scene, const std::string& text) {
      const auto loaded = scene.load(text);
      return loaded.values.contains(name) ? loaded.values.at(name) : Value{"", {}};
    };
    Scene scene;
    const auto from_file = origin(scene, in_file);
    BOOST_TEST((from_file.origin.source == Source::file), name);
    BOOST_TEST(from_file.text == first, name);
    scene.variables[variable_of(setting)] = second;
    const auto from_variable = origin(scene, in_file);
    BOOST_TEST((from_variable.origin.source == Source::environment), name);
    BOOST_TEST(from_variable.text == second, name);
    scene.flags[name] = first;
    const auto from_flag = origin(scene, in_file);
    BOOST_TEST((from_flag.origin.source == Source::flag), name);
    BOOST_TEST(from_flag.text == first, name);
    scene.variables.clear();
    BOOST_TEST((origin(scene, in_file).origin.source == Source::flag), name);
    scene.flags.clear();
    if (name == "network") continue;
    const auto by_default = origin(scene, "network = \"sepolia\"\n");
    BOOST_TEST((by_default.origin.source == Source::standard), name);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_named_with_its_place_and_the_nearest) {
  const Scene scene;
  BOOST_TEST(
      scene.problem(std::string("network = \"sepolia\"\n[l1]\n  endpiont = \"http://x\"\n")) ==
      "horae.toml:3:3: no setting is called l1.endpiont: is l1.endpoint meant?");
  BOOST_TEST(scene.problem("[whatever]\nfoo = 1\n") ==
             "horae.toml:2:1: no setting is called whatever.foo");
}

BOOST_AUTO_TEST_CASE(a_wrong_value_is_named_with_its_place) {
  Scene scene;
  BOOST_TEST(scene.problem(std::string(whole) + "[rpc]\nport = 70000\n") ==
             "horae.toml:11:8: rpc.port: wanted a number from 0 to 65535, got 70000");
  BOOST_TEST(
      scene.problem("network = \"mainnet\"\n")
          .starts_with(
              "horae.toml:1:11: network: wanted one of andromeda, sepolia, dev, got mainnet"));
  BOOST_TEST(
      scene.problem("network = true\n")
          .starts_with("horae.toml:1:11: network: wanted a text, a number or a list of texts"));
  scene.flags["rpc.port"] = "x";
  BOOST_TEST(scene.problem(whole) ==
             "--rpc-port: rpc.port: wanted a number from 0 to 65535, got x");
}

BOOST_AUTO_TEST_CASE(what_is_no_toml_is_named_with_its_place) {
  const Scene scene;
  BOOST_TEST(scene.problem("network = \n").starts_with("horae.toml:1:"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_the_only_problem) {
  const Given given{"/nowhere/horae.toml", [](const std::string&) { return std::nullopt; }, {}};
  const auto loaded = config::load(given);
  BOOST_REQUIRE_EQUAL(loaded.problems.size(), 1u);
  BOOST_TEST(loaded.problems[0].where == "/nowhere/horae.toml");
  BOOST_TEST(loaded.problems[0].what == "no such file");
}

BOOST_AUTO_TEST_CASE(a_directory_is_no_file_of_settings) {
  const test::Directory directory;
  const auto loaded =
      config::load({directory.path, [](const std::string&) { return std::nullopt; }, {}});
  BOOST_REQUIRE_EQUAL(loaded.problems.size(), 1u);
  BOOST_TEST(loaded.problems[0].where == directory.path.string());
  BOOST_TEST(loaded.problems[0].what == "is a directory");
}

BOOST_AUTO_TEST_CASE(settings_that_cannot_be_the_same_are_named_together) {
  Scene scene;
  BOOST_TEST(scene.problem(std::string(whole) + "[rpc]\nport = 8560\n") ==
             "horae.toml:11:8: rpc.port and ops.port are both 8560");
  BOOST_TEST(scene.problem(std::string(whole) + "[rpc]\nport = 0\n[ops]\nport = 0\n") == "none");
  const std::string pool = "0x00000000000000000000000000000000000000aa";
  scene.flags = {{"l1.locking_pool", pool}, {"l1.locking_info", pool}};
  BOOST_TEST(scene.problem(whole) ==
             "--l1-locking-info: l1.locking_info and l1.locking_pool are both " + pool);
  const auto twice = (scene.directory.path / "a.json").string();
  scene.flags = {{"keys.signers", twice + ",b.json," + twice}};
  BOOST_TEST(scene.problem(whole) == "--keys-signers: keys.signers: " + twice + " is named twice");
}

BOOST_AUTO_TEST_CASE(a_mistyped_address_is_refused_from_wherever_it_comes) {
  const std::string right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
  const std::string wrong = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD";
  const auto told = [&](const std::string& where) {
    return where +
           ": l1.locking_pool: a digit is mistyped, or the case of one: the checksum "
           "(EIP-55) of these digits is " +
           right + ", got " + wrong;
  };
  Scene scene;
  const std::string in_file = "locking_pool = \"" + wrong + "\"\n";
  std::string with_wrong = whole;
  with_wrong.insert(with_wrong.find("endpoint"), in_file);
  BOOST_TEST(scene.problem(with_wrong) == told("horae.toml:3:16"));
  scene.variables = {{"HORAE_L1_LOCKING_POOL", wrong}};
  BOOST_TEST(scene.problem(whole) == told("HORAE_L1_LOCKING_POOL"));
  scene.flags = {{"l1.locking_pool", wrong}};
  BOOST_TEST(scene.problem(whole) == told("--l1-locking-pool"));
  scene.flags = {{"l1.locking_pool", right}};
  BOOST_TEST(scene.problem(whole) == "none");
  scene.variables = {};
  scene.flags = {{"rpc.port", ""}};
  BOOST_TEST(scene.problem(whole) ==
             "--rpc-port: rpc.port: wanted a number from 0 to 65535, got nothing");
}

BOOST_AUTO_TEST_CASE(what_is_missing_says_where_to_give_it) {
  const Scene scene;
  const auto loaded = scene.load("network = \"sepolia\"\n");
  std::vector<std::string> missing;
  for (const auto& one : loaded.problems) missing.push_back(one.what);
  BOOST_REQUIRE_EQUAL(missing.size(), 4u);
  BOOST_TEST(missing[0].starts_with("l1.endpoint is not set: give it in "));
  BOOST_TEST(missing[0].ends_with("as HORAE_L1_ENDPOINT or as --l1-endpoint"));
}

BOOST_AUTO_TEST_CASE(a_url_is_shown_without_its_key) {
  const auto* setting = find_setting("l1.endpoint");
  BOOST_REQUIRE(setting);
  BOOST_TEST(setting->shown("https://user:word@l1.example:8545/v3/secret-key") ==
             "https://l1.example:8545");
}

BOOST_AUTO_TEST_CASE(the_commented_file_reads_back) {
  const Scene scene;
  const auto text = commented_file({{"network", "sepolia"},
                                    {"l1.endpoint", "http://127.0.0.1:1"},
                                    {"engine.endpoint", "http://127.0.0.1:2"},
                                    {"l2.genesis_time", "7"},
                                    {"keys.signers", "a.json,b.json"}});
  const auto loaded = scene.load(text);
  for (const auto& one : loaded.problems) BOOST_ERROR(one.where + ": " + one.what);
  BOOST_TEST(loaded.config.signers.size() == 2u);
  for (const auto& setting : settings()) {
    BOOST_TEST(text.find(std::string(setting.about)) != std::string::npos, setting.name);
  }
}

BOOST_AUTO_TEST_CASE(a_file_may_lie_in_its_data_directory) {
  const Scene scene;
  const auto text = commented_file({{"network", "sepolia"},
                                    {"datadir", "."},
                                    {"l1.endpoint", "http://127.0.0.1:1"},
                                    {"engine.endpoint", "http://127.0.0.1:2"},
                                    {"l2.genesis_time", "7"},
                                    {"keys.signers", "keys/a.json"}},
                                   "Somebody wrote this.");
  BOOST_TEST(text.find("\n# Somebody wrote this.\n") != std::string::npos);
  const auto loaded = scene.load(text);
  for (const auto& one : loaded.problems) BOOST_ERROR(one.where + ": " + one.what);
  BOOST_TEST(loaded.config.datadir == scene.directory.path);
  BOOST_REQUIRE(loaded.config.signers.size() == 1u);
  BOOST_TEST(loaded.config.signers.front() == scene.directory.path / "keys" / "a.json");
  BOOST_TEST(loaded.config.l1_chain_id == 11'155'111u);
}

// node/config/limits.hpp says each limit's usual number once; what is set arrives where it is used.
BOOST_AUTO_TEST_CASE(limits_are_the_usual_ones_until_they_are_set) {
  const Scene scene;
  std::map<std::string, std::string, std::less<>> given{{"network", "sepolia"},
                                                        {"l1.endpoint", "http://127.0.0.1:1"},
                                                        {"engine.endpoint", "http://127.0.0.1:2"},
                                                        {"l2.genesis_time", "7"},
                                                        {"keys.signers", "a.json"}};
  const auto usual = scene.load(commented_file(given)).config;
  BOOST_TEST(usual.limits.pool_txns == Limits{}.pool_txns);
  BOOST_TEST(usual.limits.rpc_call_gas == Limits{}.rpc_call_gas);
  BOOST_TEST(usual.logs.waiting_lines == Limits{}.log_lines);
  given.insert({{"limits.pool_txns", "7"}, {"limits.log_lines", "99"}});
  const auto set = scene.load(commented_file(given)).config;
  BOOST_TEST(set.limits.pool_txns == 7u);
  BOOST_TEST(set.logs.waiting_lines == 99u);
  BOOST_TEST(set.limits.doors == Limits{}.doors);
}

BOOST_AUTO_TEST_CASE(what_the_machine_alone_shows_is_found) {
  const test::Directory directory;
  const auto file = [&](const char* name, unsigned mode) {
    const auto path = directory.path / name;
    std::ofstream(path) << "x";
    std::filesystem::permissions(path, std::filesystem::perms(mode));
    return path;
  };
  Loaded loaded;
  loaded.config.signers = {file("good", 0600), file("open", 0644), directory.path / "gone"};
  loaded.config.password_file = directory.path;
  const char* const environment[] = {"PATH=/bin", "HORAE_RPC_PORT=1", "HORAE_RPC_PROT=2", nullptr};
  std::string said;
  for (const auto& one : look_locally(loaded, environment))
    said += one.where + ": " + one.what + "\n";
  const auto at = directory.path.string();
  BOOST_TEST(said ==
             "keys.signers: " + at +
                 "/open has mode 0644, so that others than its owner may use it: chmod 600\n" +
                 "keys.signers: " + at + "/gone cannot be looked at: No such file or directory\n" +
                 "keys.password_file: " + at + " is no file\n" +
                 "variable HORAE_RPC_PROT: there is no such setting: is HORAE_RPC_PORT meant?\n");
}

BOOST_AUTO_TEST_CASE(nearest_words) {
  const std::vector<std::string> known{"rpc.port", "ops.port", "l1.endpoint"};
  BOOST_TEST(*nearest("rcp.port", known) == "rpc.port");
  BOOST_TEST(*nearest("endpoint", known) == "l1.endpoint");
  BOOST_TEST(!nearest("zzzzzz", known));
}

BOOST_AUTO_TEST_SUITE_END()
