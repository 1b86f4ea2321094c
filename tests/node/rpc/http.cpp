#include <sys/resource.h>

#include <future>
#include <set>

#include "tests/node/rpc/door.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(http_door)

BOOST_AUTO_TEST_CASE(one_connection_serves_many_requests_pipelined_too) {
  Door door;
  HttpPeer peer(door.server->port());
  for (int i = 0; i < 3; ++i) BOOST_TEST(peer.post(good).body == good_answer);
  std::string three;
  for (const auto* id : {"1", "2", "3"}) {
    // The first waits for the backend; the others must not overtake it.
    const std::string method = three.empty() ? "eth_gasPrice" : "net_version";
    three += HttpPeer::request(R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":")" +
                               method + R"("})");
  }
  peer.send(three);
  for (const auto* id : {"1", "2", "3"}) {
    BOOST_TEST(json::serialize(json::parse(peer.read().body).at("id")) == id);
  }
}

BOOST_AUTO_TEST_CASE(only_post_to_the_root_is_served_and_without_cors) {
  Door door;
  HttpPeer peer(door.server->port());
  peer.send("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n");
  const auto get = peer.read();
  BOOST_TEST(get.status == 200);  // a load balancer's question
  BOOST_TEST(get.body.empty());
  BOOST_TEST(get.headers.find("access-control") == std::string::npos);
  peer.send("GET /?x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto query = peer.read();
  BOOST_TEST(query.status == 405);
  BOOST_TEST(query.body.find("POST") != std::string::npos);
  peer.send(
      "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n"
      "Access-Control-Request-Method: POST\r\n\r\n");
  const auto preflight = peer.read();
  BOOST_TEST(preflight.status == 405);
  BOOST_TEST(preflight.headers.find("access-control") == std::string::npos);
  peer.send("POST /admin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
  BOOST_TEST(peer.read().status == 404);
  BOOST_TEST(peer.post(good).body == good_answer);
}

BOOST_AUTO_TEST_CASE(a_proxys_absolute_target_is_the_same) {
  Door door;
  HttpPeer peer(door.server->port());
  const auto length = std::to_string(good.size());
  for (const auto* target : {"http://localhost/", "HTTP://localhost", "http://localhost:8545/"}) {
    peer.send("POST " + std::string(target) +
              " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              "Content-Length: " +
              length + "\r\n\r\n" + good);
    BOOST_TEST(peer.read().body == good_answer);
  }
}

BOOST_AUTO_TEST_CASE(a_page_cannot_have_its_simple_post_executed) {
  Door door;
  HttpPeer peer(door.server->port());
  const auto typed = [&](const std::string& type) {
    peer.send("POST / HTTP/1.1\r\nHost: localhost\r\n" + type +
              "Content-Length: " + std::to_string(good.size()) + "\r\n\r\n" + good);
    return peer.read().status;
  };
  for (const auto* type :
       {"Content-Type: application/json\r\n", "Content-Type: Application/JSON; charset=utf-8\r\n",
        "Content-Type: application/json-rpc\r\n"}) {
    BOOST_TEST(typed(type) == 200, type);
  }
  // Those that a browser sends without asking first, and none.
  for (const auto* type :
       {"Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n", ""}) {
    BOOST_TEST(typed(type) == 415, type);
  }
}

BOOST_AUTO_TEST_CASE(pages_of_the_named_origins_may_ask_and_read) {
  Door door({.origins = {"https://wallet.example"}});
  HttpPeer peer(door.server->port());
  const auto ask = [&](const std::string& first, const std::string& origin,
                       const std::string& rest) {
    peer.send(first + " / HTTP/1.1\r\nHost: localhost\r\nOrigin: " + origin + "\r\n" + rest);
    return peer.read();
  };
  const std::string wanted =
      "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: "
      "content-type\r\n\r\n";
  const auto may = ask("OPTIONS", "https://wallet.example", wanted);
  BOOST_TEST(may.status == 204);
  for (const auto* header : {"access-control-allow-origin: https://wallet.example",
                             "access-control-allow-methods: get, head, post",
                             "access-control-allow-headers: content-type", "vary: origin"}) {
    BOOST_TEST(may.headers.find(header) != std::string::npos, may.headers);
  }
  const std::string body =
      "Content-Type: application/json\r\nContent-Length: " + std::to_string(good.size()) +
      "\r\n\r\n" + good;
  const auto told = ask("POST", "https://wallet.example", body);
  BOOST_TEST(told.body == good_answer);
  BOOST_TEST(told.headers.find("access-control-allow-origin: https://wallet.example") !=
             std::string::npos);
  const auto other = ask("POST", "https://evil.example", body);
  BOOST_TEST(other.headers.find("access-control") == std::string::npos);
  BOOST_TEST(ask("OPTIONS", "https://evil.example", wanted).status == 405);
}

BOOST_AUTO_TEST_CASE(the_host_header_is_checked) {
  Door door({.hosts = {"rpc.example"}});
  HttpPeer peer(door.server->port());
  // An address cannot be a name that was made to point here.
  for (const auto* host :
       {"localhost", "LOCALHOST:8545", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8545",
        "rpc.example", "rpc.example:443", "10.42.0.7:8545", "[2001:db8::1]:8545", ""}) {
    BOOST_TEST_CONTEXT(host) { BOOST_TEST(peer.post(good, host).status == 200); }
  }
  for (const auto* host : {"evil.example", "localhost.evil.example", "evil.example:localhost",
                           "localhost, evil.example", "rpc.example.evil"}) {
    BOOST_TEST_CONTEXT(host) { BOOST_TEST(peer.post(good, host).status == 403); }
  }
  peer.send("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
  BOOST_TEST(peer.read().status == 400);
  peer.send("POST / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nContent-Length: 2\r\n\r\n{}");
  BOOST_TEST(peer.read().status == 400);
  BOOST_TEST(peer.post(good).status == 200);
  // As probes of old ask.
  HttpPeer old(door.server->port());
  old.send("POST / HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(good.size()) + "\r\n\r\n" + good);
  BOOST_TEST(old.read().body == good_answer);
  Door open({.hosts = {"*"}});
  BOOST_TEST(HttpPeer(open.server->port()).post(good, "anything.example").status == 200);
}

BOOST_AUTO_TEST_CASE(a_body_may_have_five_mebibytes_and_no_more) {
  Door door;
  const auto padded = [](std::size_t size) { return good + std::string(size - good.size(), ' '); };
  BOOST_TEST(HttpPeer(door.server->port()).post(padded(5u << 20)).body == good_answer);
  HttpPeer peer(door.server->port());
  const auto refused = peer.post(padded((5u << 20) + 1));
  BOOST_TEST(refused.status == 413);
  BOOST_TEST(refused.headers.find("connection: close") != std::string::npos);
  BOOST_TEST(peer.ended());

  HttpPeer chunked(door.server->port());
  chunked.send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n600000\r\n");
  chunked.send(std::string(0x600000, ' ') + "\r\n0\r\n\r\n");
  BOOST_TEST(chunked.read().status == 413);

  HttpPeer expecting(door.server->port());
  expecting.send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: "
      "100-continue\r\nContent-Length: " +
      std::to_string(good.size()) + "\r\n\r\n");
  BOOST_TEST(expecting.read().status == 100);
  expecting.send(good);
  BOOST_TEST(expecting.read().body == good_answer);
}

BOOST_AUTO_TEST_CASE(what_is_no_http_gets_400_and_hurts_nobody) {
  Door door;
  for (const std::string bytes :
       {"hello\r\n\r\n", "POST / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x01\r\n\r\n",
        "POST / HTTP/1.1\r\nHost localhost\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n"
        "\r\n{}"}) {
    BOOST_TEST_CONTEXT(bytes) {
      HttpPeer peer(door.server->port());
      peer.send(bytes);
      BOOST_TEST(peer.read().status == 400);
      BOOST_TEST(peer.ended());
    }
  }
  HttpPeer long_header(door.server->port());
  long_header.send("POST / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20000, 'x'));
  BOOST_TEST(long_header.read().status == 431);
  BOOST_TEST(HttpPeer(door.server->port()).post(good).body == good_answer);
}

BOOST_AUTO_TEST_CASE(one_connection_too_many_gets_503) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  ::setrlimit(RLIMIT_NOFILE, &files);
  Door door;
  std::vector<HttpPeer> peers;
  for (int i = 0; i < 512; ++i) {
    peers.emplace_back(door.server->port());
    BOOST_REQUIRE(peers.back().connected());
  }
  BOOST_TEST(peers.front().post(good).status == 200);
  BOOST_TEST(peers.back().post(good).status == 200);
  {
    HttpPeer one_more(door.server->port());
    BOOST_TEST(one_more.post(good).status == 503);
    BOOST_TEST(one_more.ended());
  }
  BOOST_TEST(peers.front().post(good).status == 200);
  // A connection that ends makes room; the server learns of it in its own time.
  peers.pop_back();
  while (HttpPeer(door.server->port()).post(good).status != 200) {
  }
}

BOOST_AUTO_TEST_CASE(who_says_nothing_is_let_go) {
  Door door({.idle_timeout_ms = 50, .read_timeout_ms = 50});
  HttpPeer idle(door.server->port());
  BOOST_TEST(idle.ended());
  HttpPeer slow(door.server->port());
  slow.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
  BOOST_TEST(slow.ended());
}

BOOST_AUTO_TEST_CASE(who_reads_nothing_is_let_go) {
  const auto server =
      rpc::HttpServer::start({.connections_max = 1, .write_timeout_ms = 50},
                             [](const std::string& body, auto respond) {
                               // More than the sockets between the two can hold.
                               respond(body == "big" ? std::string(64u << 20, 'x') : "small");
                             })
          .value();
  HttpPeer peer(server->port());
  peer.send(HttpPeer::request("big"));
  // Nobody else is served before the server has given up on the first.
  while (HttpPeer(server->port()).post("").status != 200) {
  }
  BOOST_TEST(peer.read().status == 0);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_named) {
  Door door;
  const auto port = door.server->port();
  const auto second = rpc::HttpServer::start({.port = port}, [](auto, auto) {});
  BOOST_REQUIRE(!second);
  BOOST_TEST(second.error().what.find("port " + std::to_string(port) + " is taken") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_answer_that_never_comes_is_told) {
  const auto server = rpc::HttpServer::start({}, [](const std::string& body, auto respond) {
                        if (body == "throw") throw std::runtime_error("a bug");
                        if (body == "answer") respond("here");
                      }).value();
  HttpPeer peer(server->port());
  BOOST_TEST(peer.post("throw").status == 500);
  BOOST_TEST(peer.post("forget").status == 500);
  BOOST_TEST(peer.post("answer").body == "here");
}

BOOST_AUTO_TEST_CASE(stopping_lets_an_answer_under_way_end) {
  std::promise<std::function<void(std::string)>> asked;
  auto server = rpc::HttpServer::start({}, [&](auto, auto respond) {
                  asked.set_value(std::move(respond));
                }).value();
  HttpPeer idle(server->port());
  HttpPeer waiting(server->port());
  waiting.send(HttpPeer::request("{}"));
  auto respond = asked.get_future().get();
  auto stopped = std::async(std::launch::async, [&] { server->stop(); });
  BOOST_TEST(idle.ended());
  respond("late, but here");
  const auto reply = waiting.read();
  BOOST_TEST(reply.body == "late, but here");
  BOOST_TEST(reply.headers.find("connection: close") != std::string::npos);
  stopped.get();
  BOOST_TEST(!HttpPeer(server->port()).connected());
}

BOOST_AUTO_TEST_CASE(draining_tells_whether_all_answers_are_out) {
  std::promise<std::function<void(std::string)>> asked;
  auto server = rpc::HttpServer::start({}, [&](auto, auto respond) {
                  asked.set_value(std::move(respond));
                }).value();
  HttpPeer waiting(server->port());
  waiting.send(HttpPeer::request("{}"));
  auto respond = asked.get_future().get();
  BOOST_TEST(!server->drain(std::chrono::milliseconds(1)));
  respond("that it is over");
  BOOST_TEST(waiting.read().body == "that it is over");
  server->stop();
  auto idle = rpc::HttpServer::start({}, [](auto, auto) {}).value();
  HttpPeer silent(idle->port());
  BOOST_TEST(silent.connected());
  BOOST_TEST(idle->drain(std::chrono::minutes(1)));
  BOOST_TEST(silent.ended());
}

BOOST_AUTO_TEST_CASE(stopping_does_not_wait_for_ever) {
  std::promise<std::function<void(std::string)>> asked;
  auto server = rpc::HttpServer::start({.drain_timeout_ms = 50}, [&](auto, auto respond) {
                  asked.set_value(std::move(respond));
                }).value();
  HttpPeer waiting(server->port());
  waiting.send(HttpPeer::request("{}"));
  const auto respond = asked.get_future().get();
  server->stop();
  BOOST_TEST(waiting.ended());
  server.reset();
  respond("to nobody");
}

BOOST_AUTO_TEST_SUITE_END()
