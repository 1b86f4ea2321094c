#include <malloc.h>
#include <sys/resource.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <future>
#include <random>
#include <set>

#include "node/rpc/http_server.hpp"
#include "node/rpc/methods.hpp"
#include "node/rpc/refusals.hpp"
#include "tests/node/http_peer.hpp"
#include "tests/node/rpc_backend.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

namespace {

const std::string account = "0x" + std::string(38, '0') + "aa";
const std::string hash = "0x" + std::string(62, '0') + "bb";

// The whole door, from socket to a backend of tables.
struct Door {
  explicit Door(rpc::HttpServerOptions options = {})
      : server(rpc::HttpServer::start(std::move(options), [this](std::string body, auto respond) {
                 rpc.handle(body, std::move(respond));
               }).value()) {}

  std::string ask(std::string_view body) {
    const auto reply = HttpPeer(server->port()).post(body);
    BOOST_TEST(reply.status == 200);
    return reply.body;
  }
  json::value call(const std::string& method, json::array params = {}) {
    return json::parse(ask(json::serialize(json::object{
        {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}})));
  }
  json::value result(const std::string& method, json::array params = {}) {
    auto answer = call(method, std::move(params));
    BOOST_TEST_CONTEXT(json::serialize(answer)) {
      BOOST_REQUIRE(answer.as_object().contains("result"));
    }
    return answer.at("result");
  }
  std::int64_t code(const std::string& method, json::array params = {}) {
    auto answer = call(method, std::move(params));
    BOOST_TEST_CONTEXT(json::serialize(answer)) {
      BOOST_REQUIRE(answer.as_object().contains("error"));
    }
    return answer.at("error").at("code").as_int64();
  }
  // What the engine was asked for a call that it answers.
  FakeBackend::Read asked(const std::string& method, json::array params) {
    backend.take_reads();
    result(method, std::move(params));
    auto reads = backend.take_reads();
    BOOST_REQUIRE(!reads.empty());
    return reads.back();
  }

  FakeBackend backend;
  rpc::JsonRpcServer rpc{rpc::methods(backend)};
  std::unique_ptr<rpc::HttpServer> server;
};

std::int64_t code_of(const std::string& answer) {
  return json::parse(answer).at("error").at("code").as_int64();
}

// Boost.JSON takes no std::string as a value by itself.
json::value text(const std::string& value) { return json::value(value); }

const std::string good = R"({"jsonrpc":"2.0","id":1,"method":"eth_chainId"})";
const std::string good_answer = R"({"jsonrpc":"2.0","id":1,"result":"0x2a80"})";

}  // namespace

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
  BOOST_TEST(get.status == 405);
  BOOST_TEST(get.body.find("POST") != std::string::npos);
  BOOST_TEST(get.headers.find("access-control") == std::string::npos);
  peer.send("OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n");
  const auto preflight = peer.read();
  BOOST_TEST(preflight.status == 405);
  BOOST_TEST(preflight.headers.find("access-control") == std::string::npos);
  peer.send("POST /admin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
  BOOST_TEST(peer.read().status == 404);
  BOOST_TEST(peer.post(good).body == good_answer);
}

BOOST_AUTO_TEST_CASE(the_host_header_is_checked) {
  Door door({.hosts = {"rpc.example"}});
  HttpPeer peer(door.server->port());
  for (const auto* host : {"localhost", "LOCALHOST:8545", "127.0.0.1", "127.0.0.1:1", "[::1]",
                           "[::1]:8545", "rpc.example", "rpc.example:443"}) {
    BOOST_TEST_CONTEXT(host) { BOOST_TEST(peer.post(good, host).status == 200); }
  }
  for (const auto* host : {"evil.example", "localhost.evil.example", "", "127.0.0.2", "::1",
                           "evil.example:localhost", "localhost, evil.example"}) {
    BOOST_TEST_CONTEXT(host) { BOOST_TEST(peer.post(good, host).status == 403); }
  }
  peer.send("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
  BOOST_TEST(peer.read().status == 403);
  peer.send("POST / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nContent-Length: 2\r\n\r\n{}");
  BOOST_TEST(peer.read().status == 403);
  BOOST_TEST(peer.post(good).status == 200);
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
  expecting.send("POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: " +
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

BOOST_AUTO_TEST_SUITE(json_rpc)

BOOST_AUTO_TEST_CASE(what_is_no_json_is_a_parse_error) {
  Door door;
  HttpPeer peer(door.server->port());
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  for (const std::string& body :
       {std::string(), std::string("{"), std::string("nonsense"), std::string("{} {}"),
        std::string("\xff\xfe"), std::string(R"({"jsonrpc":"2.0","id":1,"method":"eth_chainId)"),
        std::string("{'a':1}"), std::string("\0", 1), deep}) {
    BOOST_TEST_CONTEXT(body) {
      const auto reply = peer.post(body);
      BOOST_TEST(reply.status == 200);
      BOOST_TEST(code_of(reply.body) == -32700);
      BOOST_TEST(json::parse(reply.body).at("id").is_null());
    }
  }
  BOOST_TEST(peer.post(good).body == good_answer);
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_invalid) {
  Door door;
  for (const auto* body :
       {"{}", "1", "null", "\"eth_chainId\"", "[]", R"({"id":1,"method":"eth_chainId"})",
        R"({"jsonrpc":"1.0","id":1,"method":"eth_chainId"})",
        R"({"jsonrpc":2.0,"id":1,"method":"eth_chainId"})", R"({"jsonrpc":"2.0","id":1})",
        R"({"jsonrpc":"2.0","id":1,"method":7})",
        R"({"jsonrpc":"2.0","id":{},"method":"eth_chainId"})",
        R"({"jsonrpc":"2.0","id":[1],"method":"eth_chainId"})",
        R"({"jsonrpc":"2.0","id":true,"method":"eth_chainId"})"}) {
    BOOST_TEST_CONTEXT(body) { BOOST_TEST(code_of(door.ask(body)) == -32600); }
  }
}

BOOST_AUTO_TEST_CASE(an_id_comes_back_as_it_was) {
  Door door;
  for (const auto* id : {"0", "-7", "18446744073709551615", "\"a\\\"b\"", "\"\"", "null"}) {
    const auto answer =
        door.ask(R"({"jsonrpc":"2.0","method":"eth_chainId","id":)" + std::string(id) + "}");
    BOOST_TEST(answer == R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":"0x2a80"})");
  }
  BOOST_TEST(
      json::parse(door.ask(R"({"jsonrpc":"2.0","method":"eth_chainId","id":1.5})")).at("id") ==
      1.5);
}

BOOST_AUTO_TEST_CASE(unknown_methods_are_exactly_that) {
  Door door;
  for (const auto* method : {"eth_fillTransaction",
                             "eth_sendTransaction",
                             "eth_sign",
                             "eth_signTransaction",
                             "eth_newFilter",
                             "eth_newBlockFilter",
                             "eth_getFilterChanges",
                             "eth_uninstallFilter",
                             "eth_subscribe",
                             "anvil_setBalance",
                             "anvil_impersonateAccount",
                             "evm_mine",
                             "evm_revert",
                             "debug_traceTransaction",
                             "personal_unlockAccount",
                             "engine_newPayloadV4",
                             "txpool_content",
                             "eth_chainid",
                             "",
                             "eth_chainId ",
                             "hardhat_reset",
                             "eth_simulateV1"}) {
    BOOST_TEST_CONTEXT(method) {
      const auto answer = door.call(method, {account});
      BOOST_TEST(answer.at("error") ==
                 (json::value{{"code", -32601}, {"message", "Method not found"}}));
    }
  }
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(a_batch_keeps_its_order_and_its_calls_do_not_wait_for_each_other) {
  Door door;
  std::string batch = "[";
  for (int i = 0; i < 100; ++i) {
    batch += R"({"jsonrpc":"2.0","id":)" + std::to_string(i) +
             R"(,"method":"eth_sendRawTransaction","params":["0x)" + (i < 16 ? "0" : "") +
             std::string(1, "0123456789abcdef"[i / 16 % 16]) +
             std::string(i < 16 ? 0 : 1, "0123456789abcdef"[i % 16]) + R"("]},)";
  }
  // The backend answers none before it owes all.
  door.backend.gather(100);
  const auto answers = json::parse(door.ask(batch + good + "]")).as_array();
  BOOST_REQUIRE(answers.size() == 101u);
  for (std::size_t i = 0; i < 100; ++i) BOOST_TEST(answers[i].at("id") == i);
  BOOST_TEST(answers[100].at("result") == "0x2a80");
  BOOST_TEST(door.backend.submitted == 100);
}

BOOST_AUTO_TEST_CASE(a_batch_may_hold_bad_calls_and_notifications) {
  Door door;
  const auto answers =
      json::parse(door.ask(R"([1,{"jsonrpc":"2.0","method":"eth_chainId"},{"jsonrpc":"2.0",)"
                           R"("id":"x","method":"nope"},)" +
                           good + ",[]]"))
          .as_array();
  BOOST_REQUIRE(answers.size() == 4u);
  BOOST_TEST(answers[0].at("error").at("code") == -32600);
  BOOST_TEST(answers[1].at("error").at("code") == -32601);
  BOOST_TEST(answers[1].at("id") == "x");
  BOOST_TEST(answers[2].at("result") == "0x2a80");
  BOOST_TEST(answers[3].at("error").at("code") == -32600);
}

BOOST_AUTO_TEST_CASE(notifications_are_done_and_not_answered) {
  Door door;
  HttpPeer peer(door.server->port());
  const std::string silent =
      R"({"jsonrpc":"2.0","method":"eth_sendRawTransaction","params":["0x01"]})";
  const auto reply = peer.post(silent);
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body == "");
  BOOST_TEST(peer.post("[" + silent + "," + silent + "]").body == "");
  BOOST_TEST(peer.post(R"({"jsonrpc":"2.0","method":"nope"})").body == "");
  BOOST_TEST(door.backend.submitted == 3);
}

BOOST_AUTO_TEST_CASE(a_batch_may_have_a_thousand_calls_and_no_more) {
  Door door;
  const auto batch = [](int size) {
    std::string out = "[" + good;
    for (int i = 1; i < size; ++i) out += "," + good;
    return out + "]";
  };
  BOOST_TEST(json::parse(door.ask(batch(1000))).as_array().size() == 1000u);
  BOOST_TEST(code_of(door.ask(batch(1001))) == -32600);
}

BOOST_AUTO_TEST_CASE(a_batch_answers_with_25_mebibytes_at_most) {
  Door door;
  door.backend.engine = [](const auto&, const auto&) {
    return json::value(std::string(10u << 20, 'x'));
  };
  const std::string gas = R"({"jsonrpc":"2.0","id":5,"method":"eth_gasPrice"})";
  const auto answers = json::parse(door.ask("[" + gas + "," + gas + "," + gas + "]")).as_array();
  BOOST_TEST(answers.at(1).as_object().contains("result"));
  BOOST_TEST(answers.at(2).at("error").at("code") == -32003);
  BOOST_TEST(answers.at(2).at("id") == 5);
}

BOOST_AUTO_TEST_CASE(a_batch_lets_go_of_what_is_too_large_at_once) {
  Door door;
  // The engine finds the memory that the process has taken as it answers, call by call.
  const auto held_bytes = [] { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd; };
  std::size_t most = 0;
  const auto before = held_bytes();
  door.backend.engine = [&](const auto&, const auto&) {
    most = std::max(most, held_bytes());
    return json::value(std::string(2u << 20, 'x'));
  };
  std::string batch;
  for (int i = 0; i < 100; ++i) {
    batch += (i == 0 ? "[" : ",") + std::string(R"({"jsonrpc":"2.0","id":)") + std::to_string(i) +
             R"(,"method":"eth_gasPrice"})";
  }
  batch += R"(,{"jsonrpc":"2.0","id":100,"method":"eth_sendRawTransaction","params":["0x01"]})";
  batch += R"(,{"jsonrpc":"2.0","method":"eth_gasPrice"}])";
  // So many are under way at once that most answers come after the limit.
  door.backend.gather(rpc::batch_under_way_max);
  const auto answers = json::parse(door.ask(batch)).as_array();
  BOOST_TEST(most < before + 2 * rpc::batch_answer_max_bytes);
  BOOST_REQUIRE(answers.size() == 101u);
  for (std::size_t i = 0; i < answers.size(); ++i) BOOST_TEST(answers[i].at("id") == i);
  BOOST_TEST(answers[11].as_object().contains("result"));
  for (std::size_t i = 12; i < 100; ++i) BOOST_TEST(answers[i].at("error").at("code") == -32003);
  // A transaction that was taken is told so all the same; what had not begun was never asked.
  BOOST_TEST(answers[100].at("result") == text(to_hex(keccak256(Bytes{1}))));
  BOOST_TEST(door.backend.take_reads().size() < 40u);
}

BOOST_AUTO_TEST_CASE(sixteen_calls_of_a_batch_are_under_way_at_once) {
  Door door;
  const std::string gas = R"({"jsonrpc":"2.0","id":5,"method":"eth_gasPrice"})";
  std::string batch = "[" + gas;
  for (int i = 1; i < 1000; ++i) batch += "," + (i % 2 == 0 ? gas : good);
  // Answers nothing, for the batch alone never owes as many.
  door.backend.gather(rpc::batch_under_way_max + 1);
  HttpPeer peer(door.server->port());
  peer.send(HttpPeer::request(batch + "]"));
  std::size_t asked = 0;
  while (asked < rpc::batch_under_way_max) {
    asked += door.backend.take_reads().size();
    std::this_thread::yield();
  }
  // Served by the same thread after the batch has begun.
  BOOST_TEST(door.ask(good) == good_answer);
  BOOST_TEST(asked + door.backend.take_reads().size() == rpc::batch_under_way_max);
  BOOST_TEST(door.result("eth_gasPrice") == "0x1");
  const auto answers = json::parse(peer.read().body).as_array();
  BOOST_REQUIRE(answers.size() == 1000u);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    BOOST_TEST(answers[i].at("result") == (i % 2 == 0 ? "0x1" : "0x2a80"));
  }
}

BOOST_AUTO_TEST_CASE(a_backend_that_lets_go_is_not_asked_for_the_rest_of_a_batch) {
  Door door;
  const std::string gas = R"({"jsonrpc":"2.0","id":5,"method":"eth_gasPrice"})";
  std::string batch = "[" + gas;
  for (int i = 1; i < 100; ++i) batch += "," + gas;
  door.backend.gather(rpc::batch_under_way_max + 1);
  HttpPeer peer(door.server->port());
  peer.send(HttpPeer::request(batch + "]"));
  std::size_t asked = 0;
  while (asked < rpc::batch_under_way_max) {
    asked += door.backend.take_reads().size();
    std::this_thread::yield();
  }
  door.backend.forget();
  const auto answers = json::parse(peer.read().body).as_array();
  BOOST_REQUIRE(answers.size() == 100u);
  for (const auto& answer : answers) BOOST_TEST(answer.at("error").at("code") == -32603);
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(a_call_that_the_backend_forgets_is_an_internal_error) {
  Door door;
  door.backend.gather(2);
  HttpPeer peer(door.server->port());
  peer.send(
      HttpPeer::request("[" + good + R"(,{"jsonrpc":"2.0","id":2,"method":"eth_gasPrice"}])"));
  while (door.backend.take_reads().empty()) std::this_thread::yield();
  door.backend.forget();
  const auto answers = json::parse(peer.read().body);
  BOOST_TEST(answers.at(0).at("result") == "0x2a80");
  BOOST_TEST(answers.at(1).at("error").at("code") == -32603);
}

BOOST_AUTO_TEST_CASE(mutated_requests_never_kill_a_connection) {
  Door door;
  std::mt19937 random(20240613);
  const std::vector<std::string> seeds = {
      good,
      "[" + good + "," + good + "]",
      R"({"jsonrpc":"2.0","id":7,"method":"eth_call","params":[{"to":")" + account +
          R"(","gas":"0x5208","data":"0x00"},"latest",{}]})",
      R"({"jsonrpc":"2.0","id":"x","method":"eth_getLogs","params":[{"fromBlock":"0x1",)"
      R"("toBlock":"pending","topics":[null,["0x00"]]}]})",
      R"({"jsonrpc":"2.0","id":null,"method":"eth_feeHistory","params":["0xa","latest",[20]]})",
      R"({"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0xf86c0a"]})",
      R"({"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[")" + account +
          R"(",{"blockHash":")" + hash + R"(","requireCanonical":true}]})"};
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

BOOST_AUTO_TEST_SUITE(own_methods)

BOOST_AUTO_TEST_CASE(the_node_answers_for_itself) {
  Door door;
  BOOST_TEST(door.result("eth_chainId") == "0x2a80");
  BOOST_TEST(door.result("net_version") == "10880");
  BOOST_TEST(door.result("web3_clientVersion") == "Horae/v" HORAE_VERSION);
  BOOST_TEST(door.result("eth_accounts") == json::array());
  BOOST_TEST(door.result("eth_syncing") == false);
  BOOST_TEST(door.result("net_listening") == true);
  BOOST_TEST(door.result("eth_blockNumber") == "0xa");
  door.backend.head = 11;
  BOOST_TEST(door.result("eth_blockNumber") == "0xb");
  BOOST_TEST(door.result("horae_status").at("seq") == 7);
  BOOST_TEST(door.result("horae_sequencers") == json::array({"one"}));
  BOOST_TEST(door.result("horae_transaction", {hash}).at("hash") == text(hash));
  BOOST_TEST(door.code("horae_transaction", {"0x12"}) == -32602);
  BOOST_TEST(door.code("eth_chainId", {1}) == -32602);
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(a_transaction_gives_its_hash) {
  Door door;
  BOOST_TEST(door.result("eth_sendRawTransaction", {"0x0102"}) ==
             text(to_hex(keccak256(Bytes{1, 2}))));
  for (const json::value& param :
       {json::value(1), json::value("0102"), json::value("0x1"), json::value("0xzz"), json::value(),
        json::value(json::array())}) {
    BOOST_TEST(door.code("eth_sendRawTransaction", {param}) == -32602);
  }
  BOOST_TEST(door.code("eth_sendRawTransaction") == -32602);
  BOOST_TEST(door.code("eth_sendRawTransaction", {"0x01", "0x02"}) == -32602);
  BOOST_TEST(door.backend.submitted == 1);
}

BOOST_AUTO_TEST_CASE(a_transaction_may_have_128_kibibytes_and_no_more) {
  Door door;
  const auto limit = 2 * rpc::txn_max_bytes;
  door.result("eth_sendRawTransaction", {"0x" + std::string(limit, '0')});
  const auto answer = door.call("eth_sendRawTransaction", {"0x" + std::string(limit + 2, '0')});
  BOOST_TEST(answer.at("error").at("code") == -32000);
  BOOST_TEST(answer.at("error").at("data").at("reason") == "tooLarge");
  BOOST_TEST(door.backend.submitted == 1);
}

BOOST_AUTO_TEST_CASE(a_refusal_speaks_in_geths_words_and_ours) {
  Door door;
  using schema::Reason;
  const std::pair<Reason, std::string> refusals[] = {
      {Reason::NONCE_TOO_LOW, "nonce too low"},
      {Reason::ALREADY_KNOWN, "already known"},
      {Reason::INSUFFICIENT_FUNDS, "insufficient funds for gas * price + value"},
      {Reason::UNDERPRICED, "replacement transaction underpriced"},
      {Reason::INTRINSIC_GAS, "intrinsic gas too low"},
      {Reason::FEE_TOO_LOW, "max fee per gas less than block base fee"},
      {Reason::GAS_LIMIT, "exceeds block gas limit"},
      {Reason::WRONG_CHAIN, "invalid chain id for signer"},
      {Reason::POOL_FULL, "txpool is full"},
  };
  for (const auto& [reason, words] : refusals) {
    door.backend.refusal = {{}, reason, "the account is at 5"};
    const auto error = door.call("eth_sendRawTransaction", {"0x01"}).at("error");
    BOOST_TEST(error.at("code") == -32000);
    BOOST_TEST(error.at("message") == text(words + ": the account is at 5"));
    BOOST_TEST(error.at("data").at("reason") == text(rpc::reason_name(reason)));
  }
  BOOST_TEST(rpc::reason_name(Reason::NONCE_TOO_LOW) == "nonceTooLow");
  BOOST_TEST(rpc::refusal({{}, Reason::FEE_TOO_LOW, "priority fee 2 above 1"})
                 .message.starts_with("max priority fee per gas higher than max fee per gas"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(engine_reads)

BOOST_AUTO_TEST_CASE(block_tags_are_the_sealed_head) {
  Door door;
  for (const auto* tag : {"latest", "pending", "safe", "finalized", "0xa", "0x0a"}) {
    BOOST_TEST(door.asked("eth_getBalance", {account, tag}).params ==
               (json::array{account, "0xa"}));
  }
  BOOST_TEST(door.asked("eth_getBalance", {account}).params == (json::array{account, "0xa"}));
  BOOST_TEST(door.asked("eth_getBalance", {account, nullptr}).params ==
             (json::array{account, "0xa"}));
  BOOST_TEST(door.asked("eth_getCode", {account, "earliest"}).params ==
             (json::array{account, "0x0"}));
  BOOST_TEST(door.asked("eth_getStorageAt", {account, "0x0", {{"blockNumber", "0x3"}}}).params ==
             (json::array{account, "0x0", "0x3"}));
  BOOST_TEST(door.asked("eth_feeHistory", {"10", "latest", {20}}).params ==
             (json::array{"0xa", "0xa", {20}}));
  BOOST_TEST(door.asked("eth_feeHistory", {5000, "latest"}).params ==
             (json::array{"0x400", "0xa"}));
}

BOOST_AUTO_TEST_CASE(state_above_the_sealed_head_is_an_error) {
  Door door;
  for (const json::value& block : {json::value("0xb"), json::value("0xffffffffffffffff"),
                                   json::value{{"blockNumber", "0xb"}}}) {
    const auto answer = door.call("eth_getBalance", {account, block});
    BOOST_TEST(answer.at("error").at("code") == -32000);
    BOOST_TEST(answer.at("error").at("message") == "block not found");
  }
  BOOST_TEST(door.code("eth_call", {json::object(), "0xb"}) == -32000);
  BOOST_TEST(door.code("eth_feeHistory", {"0x1", "0xb", json::array()}) == -32000);
  BOOST_TEST(door.code("eth_getTransactionCount", {account, "0xb"}) == -32000);
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(state_at_a_hash_is_looked_up_first) {
  Door door;
  const auto serve = [&](const json::value& block) {
    door.backend.engine = [block](const std::string& method, const auto&) {
      return method == "eth_getBlockByHash" ? block : json::value("0x1");
    };
  };
  serve({{"number", "0x4"}});
  for (const json::value& block : {json::value(hash), json::value{{"blockHash", hash}}}) {
    BOOST_TEST(door.asked("eth_getBalance", {account, block}).params ==
               (json::array{account, "0x4"}));
  }
  for (const json::value& block : {json::value(), json::value{{"number", "0xb"}},
                                   json::value{{"number", nullptr}}, json::value(7)}) {
    serve(block);
    BOOST_TEST(door.code("eth_getBalance", {account, hash}) == -32000);
    BOOST_TEST(door.result("eth_getBlockTransactionCountByHash", {hash}).is_null());
    BOOST_TEST(door.result("eth_getBlockReceipts", {hash}).is_null());
  }
}

BOOST_AUTO_TEST_CASE(blocks_above_the_sealed_head_are_null) {
  Door door;
  for (const auto* method : {"eth_getBlockReceipts", "eth_getBlockTransactionCountByNumber"}) {
    BOOST_TEST(door.result(method, {"0xb"}).is_null());
  }
  BOOST_TEST(door.result("eth_getBlockByNumber", {"0xb", true}).is_null());
  BOOST_TEST(door.result("eth_getTransactionByBlockNumberAndIndex", {"0xb", "0x0"}).is_null());
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(what_the_engine_says_of_an_unsealed_block_is_never_seen) {
  Door door;
  const auto serve = [&](const json::value& result) {
    door.backend.engine = [result](const auto&, const auto&) { return result; };
  };
  const std::pair<std::string, json::array> reads[] = {
      {"eth_getBlockByHash", {hash, false}},
      {"eth_getTransactionByBlockHashAndIndex", {hash, "0x0"}},
      {"eth_getTransactionReceipt", {hash}},
      {"eth_getTransactionByHash", {hash}},
  };
  for (const auto& [method, params] : reads) {
    BOOST_TEST_CONTEXT(method) {
      const auto* key = method == "eth_getBlockByHash" ? "number" : "blockNumber";
      const json::value sealed{{key, "0xa"}};
      serve(sealed);
      BOOST_TEST(door.result(method, params) == sealed);
      for (const json::value& hidden :
           {json::value{{key, "0xb"}}, json::value{{key, nullptr}}, json::value(json::object())}) {
        serve(hidden);
        BOOST_TEST(door.result(method, params).is_null());
      }
    }
  }
  serve(json::array{{{"blockNumber", "0xb"}}});
  BOOST_TEST(door.result("eth_getBlockReceipts", {"0xa"}).is_null());
  serve(json::array());
  BOOST_TEST(door.result("eth_getBlockReceipts", {"0xa"}) == json::array());
}

BOOST_AUTO_TEST_CASE(a_waiting_transaction_is_the_mempools) {
  Door door;
  const json::value waiting{{"hash", hash}, {"blockNumber", nullptr}};
  door.backend.pool[hash] = waiting;
  for (const json::value& engines : {json::value(), json::value{{"blockNumber", "0xb"}}}) {
    door.backend.engine = [engines](const auto&, const auto&) { return engines; };
    BOOST_TEST(door.result("eth_getTransactionByHash", {hash}) == waiting);
  }
}

BOOST_AUTO_TEST_CASE(a_transaction_sealed_between_two_looks_is_found) {
  Door door;
  int looks = 0;
  door.backend.engine = [&](const auto&, const auto&) {
    return ++looks == 1 ? json::value() : json::value{{"blockNumber", "0xa"}};
  };
  BOOST_TEST(door.result("eth_getTransactionByHash", {hash}).at("blockNumber") == "0xa");
}

BOOST_AUTO_TEST_CASE(the_pending_nonce_is_the_mempools) {
  Door door;
  BOOST_TEST(door.result("eth_getTransactionCount", {account, "pending"}) == "0x9");
  BOOST_TEST(door.backend.take_reads().empty());
  BOOST_TEST(door.result("eth_getTransactionCount", {account, "latest"}) == "0x1");
  const std::string idle = "0x" + std::string(40, '0');
  BOOST_TEST(door.asked("eth_getTransactionCount", {idle, "pending"}).params ==
             (json::array{idle, "0xa"}));
}

BOOST_AUTO_TEST_CASE(logs_end_at_the_sealed_head) {
  Door door;
  door.backend.engine = [](const auto&, const auto&) {
    return json::value(json::array{{{"blockNumber", "0x9"}},
                                   {{"blockNumber", "0xa"}},
                                   {{"blockNumber", "0xb"}},
                                   {{"blockNumber", nullptr}}});
  };
  const auto range = [&](const json::object& filter) {
    const auto asked = door.asked("eth_getLogs", {filter}).params.at(0).as_object();
    return json::array{asked.at("fromBlock"), asked.at("toBlock")};
  };
  BOOST_TEST(door.result("eth_getLogs", {json::object()}).as_array().size() == 2u);
  BOOST_TEST(range({}) == (json::array{"0xa", "0xa"}));
  BOOST_TEST(range({{"fromBlock", "0x1"}, {"toBlock", "0xff"}}) == (json::array{"0x1", "0xa"}));
  BOOST_TEST(range({{"fromBlock", "earliest"}, {"toBlock", "pending"}}) ==
             (json::array{"0x0", "0xa"}));
  const auto by_hash = door.asked("eth_getLogs", {{{"blockHash", hash}, {"topics", {nullptr}}}});
  BOOST_TEST(by_hash.params == (json::array{{{"blockHash", hash}, {"topics", {nullptr}}}}));
  door.backend.take_reads();
  BOOST_TEST(door.result("eth_getLogs", {{{"fromBlock", "0xb"}, {"toBlock", "0xc"}}}) ==
             json::array());
  BOOST_TEST(door.code("eth_getLogs", {{{"fromBlock", "0x5"}, {"toBlock", "0x4"}}}) == -32602);
  BOOST_TEST(door.code("eth_getLogs", {{{"fromBlock", "0x5"}, {"blockHash", hash}}}) == -32602);
  BOOST_TEST(door.code("eth_getLogs", {{{"fromBlock", hash}}}) == -32602);
  BOOST_TEST(door.code("eth_getLogs", {"latest"}) == -32602);
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_CASE(calls_use_fifty_million_gas_at_most) {
  Door door;
  const auto gas = [&](const char* method, json::object call) {
    return door.asked(method, {std::move(call)}).params.at(0).at("gas");
  };
  for (const auto* method : {"eth_call", "eth_estimateGas", "eth_createAccessList"}) {
    BOOST_TEST(gas(method, {}) == "0x2faf080");
    BOOST_TEST(gas(method, {{"gas", "0x5208"}}) == "0x5208");
    BOOST_TEST(gas(method, {{"gas", "0x2faf081"}}) == "0x2faf080");
    BOOST_TEST(gas(method, {{"gas", "0x" + std::string(64, 'f')}}) == "0x2faf080");
    BOOST_TEST(gas(method, {{"gas", nullptr}}) == "0x2faf080");
    BOOST_TEST(door.code(method, {{{"gas", "lots"}}}) == -32602);
    BOOST_TEST(door.code(method, {{{"gas", 21000}}}) == -32602);
  }
}

BOOST_AUTO_TEST_CASE(a_call_reaches_the_engine_with_what_belongs_to_it_alone) {
  Door door;
  const json::object overrides{{account, {{"balance", "0x1"}}}};
  const auto asked = door.asked(
      "eth_call",
      {{{"from", account}, {"to", account}, {"data", "0x01"}, {"gasLimit", "0xffffffffff"}},
       "latest",
       overrides});
  BOOST_TEST(
      asked.params ==
      (json::array{{{"from", account}, {"to", account}, {"data", "0x01"}, {"gas", "0x2faf080"}},
                   "0xa",
                   overrides}));
  BOOST_TEST(door.code("eth_call", {json::object(), "latest", json::object(), json::object()}) ==
             -32602);
}

BOOST_AUTO_TEST_CASE(the_engines_errors_are_passed_on) {
  Door door;
  door.backend.engine = [](const auto&, const auto&) -> rpc::Answer {
    return tl::unexpected(rpc::Error{3, "execution reverted", "0x08c379a0"});
  };
  BOOST_TEST(door.call("eth_call", {json::object()}).at("error") ==
             (json::value{{"code", 3}, {"message", "execution reverted"}, {"data", "0x08c379a0"}}));
}

BOOST_AUTO_TEST_CASE(wrong_parameters_are_refused_before_the_engine) {
  Door door;
  const std::pair<std::string, json::array> wrong[] = {
      {"eth_getBalance", {}},
      {"eth_getBalance", {"0x12"}},
      {"eth_getBalance", {7}},
      {"eth_getBalance", {account, "newest"}},
      {"eth_getBalance", {account, 5}},
      {"eth_getBalance", {account, "0x"}},
      {"eth_getBalance", {account, "0x11112222333344445"}},
      {"eth_getBalance", {account, json::object()}},
      {"eth_getBalance", {account, {{"blockNumber", "0x1"}, {"blockHash", hash}}}},
      {"eth_getBalance", {account, "latest", 1}},
      {"eth_getStorageAt", {account}},
      {"eth_getStorageAt", {account, "zero"}},
      {"eth_getProof", {account, "0x0", "latest"}},
      {"eth_call", {}},
      {"eth_call", {account}},
      {"eth_call", {{{"to", "0x12"}}}},
      {"eth_call", {json::object(), "latest", "x"}},
      {"eth_feeHistory", {"x", "latest"}},
      {"eth_feeHistory", {"0x1", "latest", {"x"}}},
      {"eth_feeHistory", {"0x1", hash}},
      {"eth_getBlockByNumber", {"latest"}},
      {"eth_getBlockByNumber", {"latest", "true"}},
      {"eth_getBlockByNumber", {hash, true}},
      {"eth_getBlockByHash", {"latest", true}},
      {"eth_getTransactionByHash", {account}},
      {"eth_getTransactionReceipt", {nullptr}},
      {"eth_getTransactionByBlockNumberAndIndex", {"latest", 0}},
      {"eth_gasPrice", {1}},
  };
  for (const auto& [method, params] : wrong) {
    BOOST_TEST_CONTEXT(method << json::serialize(params)) {
      BOOST_TEST(door.code(method, params) == -32602);
    }
  }
  BOOST_TEST(
      code_of(door.ask(R"({"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":{"a":1}})")) ==
      -32602);
  BOOST_TEST(code_of(door.ask(R"({"jsonrpc":"2.0","id":1,"method":"eth_gasPrice","params":7})")) ==
             -32602);
  BOOST_TEST(door.backend.take_reads().empty());
}

BOOST_AUTO_TEST_SUITE_END()
