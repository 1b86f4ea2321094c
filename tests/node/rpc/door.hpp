#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "node/http/server.hpp"
#include "node/rpc/methods.hpp"
#include "tests/node/http/peer.hpp"
#include "tests/node/rpc/backend.hpp"

namespace horae::test {

namespace json = boost::json;

inline const std::string an_account = "0x" + std::string(38, '0') + "aa";
inline const std::string a_hash = "0x" + std::string(62, '0') + "bb";

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

inline std::int64_t code_of(const std::string& answer) {
  return json::parse(answer).at("error").at("code").as_int64();
}

// Boost.JSON takes no std::string as a value by itself.
inline json::value text(const std::string& value) { return json::value(value); }

inline const std::string good = R"({"jsonrpc":"2.0","id":1,"method":"eth_chainId"})";
inline const std::string good_answer = R"({"jsonrpc":"2.0","id":1,"result":"0x2a80"})";

}  // namespace horae::test
