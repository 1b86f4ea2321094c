#include <random>

#include "tests/node/rpc/door.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(mutated_rpc)

BOOST_AUTO_TEST_CASE(mutated_requests_never_kill_a_connection) {
  Door door;
  std::mt19937 random(20240613);
  const std::vector<std::string> seeds = {
      good,
      "[" + good + "," + good + "]",
      R"({"jsonrpc":"2.0","id":7,"method":"eth_call","params":[{"to":")" + an_account +
          R"(","gas":"0x5208","data":"0x00"},"latest",{}]})",
      R"({"jsonrpc":"2.0","id":"x","method":"eth_getLogs","params":[{"fromBlock":"0x1",)"
      R"("toBlock":"pending","topics":[null,["0x00"]]}]})",
      R"({"jsonrpc":"2.0","id":null,"method":"eth_feeHistory","params":["0xa","latest",[20]]})",
      R"({"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0xf86c0a"]})",
      R"({"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[")" + an_account +
          R"(",{"blockHash":")" + a_hash + R"(","requireCanonical":true}]})"};
  const std::string bits = "{}[]\",:0x9aeE-+.\\u \x01\x7f\xc3\xff" + std::string(1, '\0');
  HttpPeer peer(door.server->port());
  for (int i = 0; i < 3000; ++i) {
    auto body = seeds[random() % seeds.size()];
    for (auto changes = random() % 6 + 1; changes > 0 && !body.empty(); --changes) {
      const auto at = random() % body.size();
      switch (random() % 5) {
        case 0:
          body[at] = bits[random() % bits.size()];
          break;
        case 1:
          body.erase(at, random() % 8 + 1);
          break;
        case 2:
          body.insert(at, 1, bits[random() % bits.size()]);
          break;
        case 3:
          body.resize(at);
          break;
        default:
          body.insert(at, body.substr(random() % body.size(), random() % 40));
          break;
      }
    }
    BOOST_TEST_CONTEXT("round " << i << ": " << body) {
      const auto reply = peer.post(body);
      BOOST_REQUIRE(reply.status == 200);
      boost::system::error_code broken;
      if (!reply.body.empty()) json::parse(reply.body, broken);
      BOOST_REQUIRE(!broken);
    }
    if (i % 100 == 0) BOOST_REQUIRE(peer.post(good).body == good_answer);
  }
  BOOST_TEST(peer.post(good).body == good_answer);
}

BOOST_AUTO_TEST_CASE(mutated_http_never_stops_the_server) {
  Door door;
  std::mt19937 random(20240614);
  for (int i = 0; i < 300; ++i) {
    auto bytes = HttpPeer::request(good);
    for (auto changes = random() % 6 + 1; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    }
    HttpPeer peer(door.server->port());
    peer.send(bytes);
    peer.finish();
    peer.read();
  }
  BOOST_TEST(HttpPeer(door.server->port()).post(good).body == good_answer);
}

BOOST_AUTO_TEST_SUITE_END()
