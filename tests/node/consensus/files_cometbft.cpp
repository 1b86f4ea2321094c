// A real CometBFT takes the files that we write, and our way of running it.
#include <deque>
#include <set>
#include <sstream>

#include "tests/fixture/cometbft.hpp"

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(consensus_cometbft)

namespace {

// What `cometbft WORDS…` writes in this directory.
std::string said_by(const std::filesystem::path& home, std::vector<std::string> words) {
  words.insert(words.end(), {"--home", home.string()});
  auto child = Child::start(
      {pinned_cometbft(), std::move(words), {"HOME=" + home.string()}, home, home / "said"});
  BOOST_REQUIRE(child.has_value());
  BOOST_TEST(child->wait(std::chrono::seconds(60)).value_or("runs") == "exit code 0");
  return read_small_file(home / "said").value();
}

// section.key of each line that sets something.
std::set<std::string> keys_of(const std::string& text) {
  std::set<std::string> out;
  std::istringstream lines(text);
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find(" = ");
    if (line.starts_with('[')) {
      section = line.substr(1, line.find(']') - 1) + ".";
    } else if (!line.starts_with('#') && equals != std::string::npos) {
      out.insert(section + line.substr(0, equals));
    }
  }
  return out;
}

}  // namespace

COMETBFT_CASE(the_id_of_a_node_key_is_the_one_that_it_says) {
  const TempDirectory home;
  const auto id = write_comet_files(comet_spec(home.path()));
  BOOST_REQUIRE(id.has_value());
  BOOST_TEST(said_by(home.path(), {"show-node-id"}) == *id + "\n");
}

// It passes over what it does not know, in silence.
COMETBFT_CASE(it_knows_each_setting_that_we_write) {
  const TempDirectory home;
  said_by(home.path(), {"init"});
  const auto known = keys_of(read_small_file(home.path() / "config/config.toml").value());
  BOOST_TEST(known.size() > 80u);
  for (const auto& key : keys_of(comet_config(comet_spec(home.path())).value())) {
    BOOST_TEST(known.contains(key), key);
  }
}

COMETBFT_CASE(four_from_our_files_agree_and_one_that_was_killed_comes_back) {
  const TempDirectory home;
  std::deque<CometBft> nodes;
  for (std::uint8_t number = 1; number <= 4; ++number) {
    nodes.emplace_back(home.path() / std::to_string(number), number, 4);
  }
  for (auto& node : nodes) {
    for (const auto& other : nodes) {
      if (&other != &node) node.spec.peers.push_back(other.peer());
    }
    node.start();
  }
  const auto commit = [&](const CometBft& at, const std::string& txn) {
    const auto answer = at.call("broadcast_tx_commit", {to_base64(as_bytes(txn))});
    BOOST_REQUIRE(answer.has_value());
    BOOST_TEST(answer->at("tx_result").at("code").to_number<int>() == 0);
    return std::stoll(std::string(answer->at("height").as_string()));
  };
  // The first block is made for the genesis' own hash.
  for (const auto& node : nodes) node.await_height(1);
  auto height = commit(nodes[0], "one=1");
  for (const auto& node : nodes) node.await_height(height);

  auto& killed = nodes[3];
  killed.kill();
  BOOST_TEST(std::filesystem::exists(killed.spec.home / "data/state.db"));
  height = commit(nodes[1], "two=2");
  const auto now = CometChild::Clock::now();
  BOOST_REQUIRE(killed.child->tend(now).has_value());
  BOOST_REQUIRE(killed.child->tend(now + std::chrono::seconds(1)).has_value());
  killed.await_height(height);

  const auto block = [&](const CometBft& at) {
    const auto answer = at.call("block", {std::to_string(height)});
    BOOST_REQUIRE(answer.has_value());
    return std::string(answer->at("block_id").at("hash").as_string());
  };
  for (const auto& node : nodes) {
    BOOST_TEST(block(node) == block(nodes[0]));
    const auto status = node.call("status", {});
    BOOST_REQUIRE(status.has_value());
    BOOST_TEST(status->at("validator_info").at("voting_power").as_string() == "10");
  }
}

BOOST_AUTO_TEST_SUITE_END()
