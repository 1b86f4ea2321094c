#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <future>

#include "core/crypto/secp256k1.hpp"
#include "core/files.hpp"
#include "core/hash.hpp"
#include "core/u256.hpp"
#include "node/child/loopback.hpp"
#include "node/dev/accounts.hpp"
#include "node/dev/description.hpp"
#include "node/dev/dev_network.hpp"
#include "node/dev/traffic.hpp"

using namespace horae;
using namespace horae::dev;
namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

struct Scratch {
  fs::path path = [] {
    std::string name = (fs::temp_directory_path() / "horae-dev-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) horae::stop("cannot make a directory for a test");
    return fs::path(name);
  }();
  ~Scratch() {
    std::error_code error;
    fs::remove_all(path, error);
  }
};

const Say quiet = [](Level, const std::string&) {};

// The L1 mines when the test tells it to.
Options options_for(const fs::path& datadir) {
  Options out;
  out.datadir = datadir;
  out.l1_port = 0;
  out.l2_port = 0;
  out.l1_block_time_s = 0;
  out.programs = find_programs();
  return out;
}

std::unique_ptr<DevNetwork> start(const fs::path& datadir, const Say& say = quiet) {
  auto network = DevNetwork::start(options_for(datadir), say);
  if (!network) BOOST_FAIL(network.error().what);
  return std::move(*network);
}

json::value ask(const Endpoint& endpoint, std::string_view method, json::array params = {}) {
  JsonRpcClient client(endpoint);
  auto answer = client.call(method, std::move(params));
  if (!answer) BOOST_FAIL(std::string(method) + ": " + answer.error().message);
  return *answer;
}

std::uint64_t number(const json::value& quantity) {
  return u64_from_quantity(quantity.as_string()).value();
}

std::uint64_t timestamp(const Endpoint& l1, std::string_view block) {
  return number(ask(l1, "eth_getBlockByNumber", {block, false}).at("timestamp"));
}

Bytes selector(std::string_view signature) {
  const auto hash = keccak256(as_bytes(signature));
  return Bytes(hash.bytes.begin(), hash.bytes.begin() + 4);
}

// A view of one word that takes one word.
std::uint64_t view(const Endpoint& l1, const Address& to, std::string_view signature,
                   const U256& argument) {
  Bytes data = selector(signature);
  const auto word = to_word(argument);
  data.insert(data.end(), word.bytes.begin(), word.bytes.end());
  const auto answer = ask(l1, "eth_call", {{{"to", to_hex(to)}, {"data", to_hex(data)}}, "latest"});
  return static_cast<std::uint64_t>(from_word(fixed_from_hex<Hash32>(answer.as_string()).value()));
}

// What must be as it was when L1 comes back: blocks, logs, receipts, code, balances.
json::value picture(const Endpoint& l1, const Contracts& contracts, std::uint64_t up_to) {
  json::array out;
  for (std::uint64_t i = 0; i <= up_to; ++i) {
    out.push_back(ask(l1, "eth_getBlockByNumber", {to_quantity(i), true}));
    out.push_back(ask(l1, "eth_getBlockReceipts", {to_quantity(i)}));
  }
  out.push_back(ask(l1, "eth_getLogs", {{{"fromBlock", "0x0"}, {"toBlock", to_quantity(up_to)}}}));
  for (const auto& contract : {contracts.metis, contracts.locking_info, contracts.locking_pool}) {
    out.push_back(ask(l1, "eth_getCode", {to_hex(contract), "latest"}));
  }
  for (const auto& account : accounts()) {
    out.push_back(ask(l1, "eth_getBalance", {to_hex(account.address), "latest"}));
  }
  return out;
}

std::vector<pid_t> children(const fs::path& datadir) {
  std::vector<pid_t> out;
  const auto list = json::parse(read_small_file(datadir / "l1" / "children.json").value());
  for (const auto& one : list.as_array()) out.push_back(one.at("pid").to_number<pid_t>());
  return out;
}

std::vector<fs::path> dumps(const fs::path& datadir) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(datadir / "l1")) {
    if (entry.path().extension() == ".gz") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// A process of its own that runs the dev network in a directory.
struct OtherProcess {
  int in = -1;
  pid_t pid = -1;
  explicit OtherProcess(const fs::path& datadir) {
    std::array<int, 2> stdin_pipe{}, stdout_pipe{};
    BOOST_REQUIRE(::pipe2(stdin_pipe.data(), O_CLOEXEC) == 0);
    BOOST_REQUIRE(::pipe2(stdout_pipe.data(), O_CLOEXEC) == 0);
    pid = ::fork();
    if (pid == 0) {
      ::dup2(stdin_pipe[0], 0);
      ::dup2(stdout_pipe[1], 1);
      ::execl(HORAE_DEV_PROCESS, HORAE_DEV_PROCESS, datadir.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(stdin_pipe[0]);
    ::close(stdout_pipe[1]);
    in = stdin_pipe[1];
    std::string said(5, ' ');
    std::size_t got = 0;
    while (got < said.size()) {
      const auto more = ::read(stdout_pipe[0], said.data() + got, said.size() - got);
      if (more <= 0) break;
      got += static_cast<std::size_t>(more);
    }
    ::close(stdout_pipe[0]);
    BOOST_REQUIRE_EQUAL(said, "ready");
  }
  void kill_it() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = -1;
  }
  ~OtherProcess() {
    if (pid > 0) kill_it();
    ::close(in);
  }
};

Description description_of(const fs::path& datadir) {
  Description out;
  out.l1_rpc = "http://127.0.0.1:18545";
  out.l2_rpc = "http://127.0.0.1:8545";
  out.datadir = datadir;
  out.contracts.metis.bytes.fill(0x11);
  out.contracts.locking_pool.bytes.fill(0x22);
  out.contracts.locking_info.bytes.fill(0x33);
  out.contracts.bridge.bytes.fill(0x44);
  out.contracts.sequencer_id = 1;
  out.sequencer = accounts()[sequencer_signer].address;
  out.programs = find_programs();
  out.pid = 4711;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(the_accounts_are_anvils) {
  BOOST_REQUIRE_EQUAL(accounts().size(), account_count);
  BOOST_TEST(to_hex(accounts()[0].address) == "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266");
  BOOST_TEST(to_hex(accounts()[9].address) == "0xa0ee7a142d267c1f36714e4a8f75612f20a79720");
  BOOST_TEST(to_hex(accounts()[12].address) == "0xfabb0ac9d68b0b445fb7357272ff202c5651694a");
}

BOOST_AUTO_TEST_CASE(the_accounts_keys_are_known_to_everybody) {
  for (const auto& account : accounts()) BOOST_TEST(known_to_everybody(account.address));
  BOOST_TEST(!known_to_everybody(address_of(public_key(new_secret_key()))));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(network)

BOOST_AUTO_TEST_CASE(starts_with_one_active_sequencer) {
  const Scratch scratch;
  auto network = start(scratch.path);
  BOOST_TEST(network->is_new());
  const auto& l1 = network->l1();
  const auto& contracts = network->contracts();
  BOOST_TEST(ask(l1, "eth_chainId").as_string() == "0x7a69");
  BOOST_TEST(ask(network->engine().rpc, "eth_chainId").as_string() == "0x2a80");
  BOOST_TEST(contracts.sequencer_id == 1);
  BOOST_TEST(view(l1, contracts.locking_pool, "seqStatuses(uint8)", 2) == 1);
  BOOST_TEST(view(l1, contracts.locking_info, "totalLocked()", 0) ==
             static_cast<std::uint64_t>(U256("20000000000000000000000") % (U256(1) << 64)));
  const auto logs =
      ask(l1, "eth_getLogs", {{{"fromBlock", "0x0"}, {"address", to_hex(contracts.locking_info)}}});
  BOOST_TEST(number(logs.at(0).at("blockNumber")) == contracts.deployment_block);

  const auto genesis = ask(network->engine().rpc, "eth_getBlockByNumber", {"0x0", false});
  BOOST_TEST(number(genesis.at("timestamp")) == network->network().l2_genesis_time);
  BOOST_TEST(number(genesis.at("gasLimit")) == l2_gas_limit);
  const auto is_funded = [](const Endpoint& chain, const Account& account) {
    const auto balance = ask(chain, "eth_getBalance", {to_hex(account.address), "latest"});
    return u256_from_quantity(balance.as_string()).value() > U256("1000000000000000000");
  };
  for (std::size_t i = 0; i < account_count; ++i) {
    BOOST_TEST(is_funded(l1, accounts()[i]));
    BOOST_TEST(is_funded(network->engine().rpc, accounts()[i]) == (i < funded_count));
  }
  const auto mpc =
      ask(l1, "eth_call",
          {{{"to", to_hex(contracts.locking_pool)}, {"data", to_hex(selector("mpcAddress()"))}},
           "latest"});
  BOOST_TEST(from_word(fixed_from_hex<Hash32>(mpc.as_string()).value()) ==
             u256_from_bytes(accounts()[reward_mpc].address.view()).value());
  const auto pids = children(scratch.path);
  BOOST_TEST(pids.size() == 2);
  BOOST_TEST(network->stop().has_value());
  for (const auto pid : pids) BOOST_TEST(::kill(pid, 0) == -1);
  BOOST_TEST(!fs::exists(scratch.path / "l1" / "children.json"));
}

BOOST_AUTO_TEST_CASE(goes_on_where_it_was) {
  const Scratch scratch;
  auto network = start(scratch.path);
  const auto before = network->network();
  const auto genesis = ask(network->engine().rpc, "eth_getBlockByNumber", {"0x0", false});
  // A jump in time, which anvil forgets and its blocks do not.
  ask(network->l1(), "evm_increaseTime", {1'814'400});
  ask(network->l1(), "evm_mine");
  const auto head = number(ask(network->l1(), "eth_blockNumber"));
  const auto head_time = timestamp(network->l1(), "latest");
  const auto there = picture(network->l1(), network->contracts(), head);
  BOOST_REQUIRE(network->stop().has_value());
  network.reset();

  network = start(scratch.path);
  BOOST_TEST(!network->is_new());
  BOOST_TEST((network->network() == before));
  BOOST_TEST(number(ask(network->l1(), "eth_blockNumber")) == head);
  BOOST_TEST((picture(network->l1(), network->contracts(), head) == there));
  BOOST_TEST((ask(network->engine().rpc, "eth_getBlockByNumber", {"0x0", false}) == genesis));
  ask(network->l1(), "evm_mine");
  BOOST_TEST(timestamp(network->l1(), "latest") >= head_time);
  BOOST_TEST(number(ask(network->l1(), "eth_blockNumber")) == head + 1);
  // The accounts can still send.
  ask(network->l1(), "eth_sendTransaction",
      {{{"from", to_hex(accounts()[1].address)}, {"to", to_hex(accounts()[2].address)}}});
}

BOOST_AUTO_TEST_CASE(mines_by_itself_and_saves_itself) {
  const Scratch scratch;
  L1Options options;
  options.anvil = find_programs().anvil;
  options.home = scratch.path / "l1";
  options.block_time_s = 1;
  options.dump_interval_s = 1;
  auto chain = L1Chain::start(options, std::nullopt, quiet);
  BOOST_REQUIRE(chain.has_value());
  BOOST_REQUIRE((*chain)->go_on(quiet).has_value());
  const auto& l1 = (*chain)->anvil().endpoint();
  // The third dump pushes the first one out: two are kept.
  while (dumps(scratch.path).empty() ||
         dumps(scratch.path).back().filename() < "state-00000003.gz" ||
         dumps(scratch.path).size() > 2 || number(ask(l1, "eth_blockNumber")) < 2) {
    BOOST_REQUIRE(!(*chain)->anvil().child().wait(std::chrono::milliseconds(20)));
  }
  BOOST_TEST((*chain)->stop().has_value());
}

BOOST_AUTO_TEST_CASE(a_damaged_dump_gives_way_to_the_one_before) {
  const Scratch scratch;
  auto network = start(scratch.path);  // dumps once
  ask(network->l1(), "evm_mine");
  BOOST_REQUIRE(network->stop().has_value());  // and once more
  network.reset();
  auto kept = dumps(scratch.path);
  BOOST_REQUIRE(kept.size() == 2);
  fs::resize_file(kept[1], fs::file_size(kept[1]) / 2);
  std::string said;
  network = start(scratch.path, [&said](Level, const std::string& line) { said += line + "\n"; });
  BOOST_TEST(said.find(kept[1].filename().string() + " cannot be used") != std::string::npos, said);
  BOOST_TEST(view(network->l1(), network->contracts().locking_pool, "seqStatuses(uint8)", 2) == 1);
  BOOST_REQUIRE(network->stop().has_value());
  network.reset();

  for (const auto& file : dumps(scratch.path)) std::ofstream(file) << "nonsense";
  const auto refused = DevNetwork::start(options_for(scratch.path), quiet);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what.find("can be used") != std::string::npos, refused.error().what);
}

BOOST_AUTO_TEST_CASE(nothing_survives_the_kill_of_the_process) {
  const Scratch scratch;
  OtherProcess other(scratch.path);
  std::vector<int> pidfds;
  for (const auto pid : children(scratch.path)) pidfds.push_back(open_process(pid));
  BOOST_REQUIRE(pidfds.size() == 2);
  const auto known = read_network(scratch.path / "l1" / "network.json").value();
  BOOST_REQUIRE(known.has_value());
  other.kill_it();
  for (const int pidfd : pidfds) {
    pollfd ended{pidfd, POLLIN, 0};
    BOOST_TEST(::poll(&ended, 1, 60'000) == 1);
    ::close(pidfd);
  }
  auto network = start(scratch.path);
  BOOST_TEST((network->network() == *known));
}

BOOST_AUTO_TEST_CASE(waits_for_a_former_chain_that_still_dies) {
  const Scratch scratch;
  const fs::path file = scratch.path / "children.json";
  // It ends with its standard input, so when this test lets it.
  std::array<int, 2> pipe{};
  BOOST_REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  const pid_t former = ::fork();
  if (former == 0) {
    ::dup2(pipe[0], 0);
    ::execl("/bin/cat", "cat", nullptr);
    ::_exit(127);
  }
  ::close(pipe[0]);
  BOOST_REQUIRE(record_children(file, {former}).has_value());
  bool told = false;
  const auto waited = await_former_children(file, [&](Level, const std::string&) {
    told = true;
    ::close(pipe[1]);
  });
  BOOST_TEST(waited.has_value());
  BOOST_TEST(told);
  BOOST_TEST(::waitpid(former, nullptr, WNOHANG) == former);
  BOOST_TEST(!fs::exists(file));
}

BOOST_AUTO_TEST_CASE(leaves_a_stranger_with_a_former_childs_number_alone) {
  const Scratch scratch;
  const fs::path file = scratch.path / "children.json";
  std::ofstream(file) << "[{\"pid\":" << ::getpid() << ",\"startTime\":1}]";
  BOOST_TEST(await_former_children(file, quiet).has_value());
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_named) {
  const Scratch scratch;
  const int taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  BOOST_REQUIRE(::bind(taken, reinterpret_cast<sockaddr*>(&address), length) == 0);
  BOOST_REQUIRE(::listen(taken, 1) == 0);
  ::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &length);
  const auto port = ntohs(address.sin_port);
  auto options = options_for(scratch.path);
  options.l1_port = port;
  auto refused = DevNetwork::start(options, quiet);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what.find(std::to_string(port) + " (--l1-port) is taken") !=
                 std::string::npos,
             refused.error().what);
  options.l1_port = 0;
  options.l2_port = port;
  refused = DevNetwork::start(options, quiet);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what.find("(--l2-port) is taken") != std::string::npos);
  BOOST_TEST((refused.error().exit() == Exit::configuration));
  ::close(taken);
  BOOST_TEST(check_port(port, "--l1-port").has_value());
}

BOOST_AUTO_TEST_CASE(the_death_of_a_chain_is_told) {
  const Scratch scratch;
  auto network = start(scratch.path);
  std::promise<std::string> told;
  network->watch([&told](const std::string& what) { told.set_value(what); });
  ::kill(children(scratch.path).at(1), SIGKILL);
  BOOST_TEST(told.get_future().get() == "the L2 engine has ended");
}

BOOST_AUTO_TEST_CASE(contracts_are_not_deployed_under_a_log) {
  const Scratch scratch;
  fs::create_directories(scratch.path / "log");
  const auto refused = DevNetwork::start(options_for(scratch.path), quiet);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().exit() == Exit::precondition));
  BOOST_TEST(refused.error().what.find("--fresh") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(fresh_deletes_what_dev_made_and_nothing_else) {
  const Scratch scratch;
  for (const auto* made : {"log", "lookups", "snapshots", "l1", "l2"}) {
    fs::create_directories(scratch.path / made);
    std::ofstream(scratch.path / made / "file") << "x";
  }
  for (const auto* file : {"dev.json", "inspect.sock", "lock", "notes.txt"}) {
    std::ofstream(scratch.path / file) << "x";
  }
  fs::create_directories(scratch.path / "keys");
  BOOST_TEST(remove_dev_network(scratch.path).has_value());
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(scratch.path)) {
    left.push_back(entry.path().filename());
  }
  std::sort(left.begin(), left.end());
  BOOST_TEST(left == (std::vector<std::string>{"keys", "lock", "notes.txt"}),
             boost::test_tools::per_element());
  BOOST_TEST(remove_dev_network(scratch.path / "nothing there").has_value());
}

BOOST_AUTO_TEST_CASE(fresh_spares_an_observers_log) {
  const Scratch scratch;
  fs::create_directories(scratch.path / "log");
  BOOST_TEST(!remove_dev_network(scratch.path).has_value());
  BOOST_TEST(fs::exists(scratch.path / "log"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(description)

BOOST_AUTO_TEST_CASE(dev_json_is_nested_as_its_readers_expect) {
  const Scratch scratch;
  const auto told = description_of(scratch.path);
  BOOST_REQUIRE(write_description(told).has_value());
  const auto file = scratch.path / "dev.json";
  const auto json = json::parse(read_small_file(file).value());
  BOOST_TEST(json.at("l1").at("rpc").as_string() == told.l1_rpc);
  BOOST_TEST(json.at("l1").at("chainId").as_int64() == 31337);
  BOOST_TEST(json.at("l2").at("rpc").as_string() == told.l2_rpc);
  BOOST_TEST(json.at("l2").at("chainId").as_int64() == 10880);
  BOOST_TEST(json.at("inspect").as_string() == (scratch.path / "inspect.sock").string());
  for (const auto* name : {"metis", "lockingPool", "lockingInfo", "bridge"}) {
    BOOST_TEST(json.at("contracts").at(name).as_string().size() == 42);
  }
  BOOST_TEST(json.at("sequencer").at("id").as_string() == "1");
  BOOST_TEST(json.at("sequencer").at("address").as_string() == to_hex(told.sequencer));
  BOOST_TEST(json.at("sequencer").at("pubkey").as_string().size() == 130);
  BOOST_REQUIRE(json.at("accounts").as_array().size() == account_count);
  BOOST_TEST(json.at("accounts").at(3).at("address").as_string() == to_hex(accounts()[3].address));
  BOOST_TEST(json.at("accounts").at(3).at("privateKey").as_string().size() == 66);
  BOOST_TEST(json.at("pid").as_int64() == 4711);
  struct stat status {};
  BOOST_REQUIRE(::stat(file.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0600);
  remove_description(scratch.path);
  BOOST_TEST(fs::is_empty(scratch.path));
}

BOOST_AUTO_TEST_CASE(the_banner_has_three_commands_that_a_shell_takes) {
  const auto text = banner(description_of("/tmp/a directory/it's"));
  BOOST_TEST(text.find("--datadir '/tmp/a directory/it'\\''s'\n") != std::string::npos, text);
  std::size_t commands = 0;
  for (std::size_t at = text.find("\n  $ "); at != std::string::npos; ++commands) {
    BOOST_TEST(text[at + 5] == '/');
    at = text.find("\n  $ ", at + 1);
  }
  BOOST_TEST(commands == 3);
  for (const auto& account : accounts()) {
    BOOST_TEST(text.find(std::string(account.private_key)) != std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(traffic)

BOOST_AUTO_TEST_CASE(sends_transfers_that_a_chain_takes) {
  const Scratch scratch;
  auto engine = start_l2_engine(
      {EngineDialect::anvil, find_programs().anvil, scratch.path / "l2", 1'700'000'000});
  BOOST_REQUIRE(engine.has_value());
  {
    Traffic traffic(engine->address.rpc, 50);
    while (traffic.accepted() < 20) {
      BOOST_REQUIRE(!engine->child.wait(std::chrono::milliseconds(5)));
    }
    // Behind its back: its nonces are wrong now, and it has to find back.
    ask(engine->address.rpc, "anvil_dropAllTransactions");
    for (std::size_t i = traffic_first; i <= traffic_last; ++i) {
      ask(engine->address.rpc, "anvil_setNonce",
          {to_hex(accounts()[i].address), to_quantity(1'000)});
    }
    while (traffic.refused() == 0) {
      BOOST_REQUIRE(!engine->child.wait(std::chrono::milliseconds(5)));
    }
    const auto then = traffic.accepted();
    while (traffic.accepted() < then + 20) {
      BOOST_REQUIRE(!engine->child.wait(std::chrono::milliseconds(5)));
    }
  }
  ask(engine->address.rpc, "evm_mine");
  const auto block = ask(engine->address.rpc, "eth_getBlockByNumber", {"latest", false});
  BOOST_TEST(block.at("transactions").as_array().size() >= 20);
}

BOOST_AUTO_TEST_SUITE_END()
