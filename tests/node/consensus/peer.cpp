#include "node/consensus/peer.hpp"

#include <boost/test/unit_test.hpp>

using namespace horae;

BOOST_AUTO_TEST_SUITE(consensus_peer)

namespace {

constexpr const char* id = "659a80531d37a40538097df03904e327c8c278ba";

}  // namespace

BOOST_AUTO_TEST_CASE(hosts_and_ports_are_read_and_shown_alike) {
  for (const auto* text : {"127.0.0.1:26656", "node-2.pool.example:1", "[::1]:65535"}) {
    const auto read = HostPort::parse(text);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->shown() == text);
  }
  BOOST_TEST(HostPort::parse("[2001:db8::7]:80")->host == "2001:db8::7");
}

BOOST_AUTO_TEST_CASE(what_is_no_host_and_port_is_refused) {
  for (const auto* text :
       {"", ":", "host", "host:", ":1", "host:0", "host:65536", "host:1x", "host: 1", "host:+1",
        "::1:80", "[::1]", "[]:1", "[host]:1", "a,b:1", "a b:1", "tcp://a:1", "me@a:1"}) {
    const auto read = HostPort::parse(text);
    BOOST_TEST(!read.has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(peers_are_read_and_shown_alike) {
  const auto text = std::string(id) + "@127.0.0.1:26656";
  const auto read = Peer::parse(text);
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->id == id);
  BOOST_TEST((read->at == HostPort{"127.0.0.1", 26'656}));
  BOOST_TEST(read->shown() == text);
}

BOOST_AUTO_TEST_CASE(what_is_no_peer_is_refused) {
  const std::string upper = "659A80531D37A40538097DF03904E327C8C278BA";
  for (const auto& text :
       {std::string(), std::string("127.0.0.1:26656"), std::string("@127.0.0.1:1"),
        std::string(id) + "@", std::string(id, 39) + "@a:1", std::string(id) + "0@a:1",
        upper + "@a:1", std::string(id) + "@a@b:1"}) {
    const auto read = Peer::parse(text);
    BOOST_TEST(!read.has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
