#include "edges/http.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <future>

#include "edges/json_rpc.hpp"
#include "tests/fixture/http_server.hpp"

using namespace horae;
using horae::test::HttpPeer;
using horae::test::HttpServer;

namespace {

using SslContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

std::string body_of(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

boost::json::value id_in(const std::string& request) {
  return boost::json::parse(body_of(request)).at("id");
}

std::string result_for(const std::string& request, const std::string& result) {
  return R"({"jsonrpc":"2.0","id":)" + boost::json::serialize(id_in(request)) + R"(,"result":)" +
         result + "}";
}

// Answers every JSON-RPC request with the same result.
HttpServer::Script always(const std::string& result) {
  return [result](HttpPeer& peer) {
    for (auto asked = peer.request(); !asked.empty(); asked = peer.request()) {
      peer.answer(result_for(asked, result));
    }
  };
}

HttpServer::Script answers_once(const std::string& body, const std::string& status = "200 OK",
                                const std::string& headers = "") {
  return [=](HttpPeer& peer) {
    if (!peer.request().empty()) peer.answer(body, status, headers);
    peer.wait_for_end();
  };
}

RpcFault fault_of(const HttpServer& server, const HttpOptions& options = {},
                  const std::string& target = "/") {
  JsonRpcClient client(server.endpoint(target), options);
  auto answer = client.call("eth_chainId", {});
  BOOST_REQUIRE(!answer);
  return answer.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(endpoint)

BOOST_AUTO_TEST_CASE(an_url_is_taken_apart) {
  const auto plain = *Endpoint::parse("http://localhost:8545");
  BOOST_TEST(!plain.tls);
  BOOST_TEST(plain.host == "localhost");
  BOOST_TEST(plain.port == "8545");
  BOOST_TEST(plain.target == "/");
  BOOST_TEST(plain.authorization.empty());

  const auto full = *Endpoint::parse("https://Aladdin:open%20sesame@l1.example/v3/key?x=1#part");
  BOOST_TEST(full.tls);
  BOOST_TEST(full.host == "l1.example");
  BOOST_TEST(full.port == "443");
  BOOST_TEST(full.target == "/v3/key?x=1");
  // The example of RFC 7617 §2.
  BOOST_TEST(full.authorization == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");

  // An @ in the user's name is not where the host begins.
  BOOST_TEST(Endpoint::parse("http://me@home:hush@host/")->host == "host");
  BOOST_TEST(Endpoint::parse("http://[fe80::1%eth0]:8545")->host == "fe80::1%eth0");

  const auto six = *Endpoint::parse("http://[::1]:80/");
  BOOST_TEST(six.host == "::1");
  BOOST_TEST(six.shown() == "[::1]:80");
  BOOST_TEST(Endpoint::parse("http://host?key=1")->target == "/?key=1");
}

BOOST_AUTO_TEST_CASE(what_is_no_url_is_refused_without_repeating_it) {
  for (const std::string url :
       {"", "secretkey", "ftp://secretkey", "http://", "http:///secretkey", "http://secretkey:0",
        "http://secretkey:65536", "http://secretkey:x", "http://secret key", "http://[secretkey",
        "http://[::1]secretkey", "http://secretkey%zz@host", "http://user:secretkey%4@host",
        "http://secretkey\n"}) {
    const auto parsed = Endpoint::parse(url);
    BOOST_TEST_CONTEXT(url) {
      BOOST_REQUIRE(!parsed);
      BOOST_TEST(parsed.error().what.find("secretkey") == std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(only_the_host_is_shown) {
  const auto secret = *Endpoint::parse("https://me:hush@l1.example/v3/0123456789abcdef?token=xyz");
  BOOST_TEST(secret.shown() == "l1.example");
  BOOST_TEST(secret.scrub("bad project 0123456789abcdef of v3") == "bad project *** of v3");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_client)

BOOST_AUTO_TEST_CASE(one_connection_serves_many_calls) {
  const HttpServer server(always(R"("0x1")"));
  JsonRpcClient client(server.endpoint());
  for (int i = 0; i < 5; ++i) BOOST_TEST(client.call("eth_chainId", {}).value() == "0x1");
  BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(path_host_and_credentials_are_sent) {
  std::promise<std::string> seen;
  const HttpServer server([&](HttpPeer& peer) {
    const auto asked = peer.request();
    peer.answer(result_for(asked, "null"));
    seen.set_value(asked);
  });
  JsonRpcClient client(
      *Endpoint::parse("http://Aladdin:open%20sesame@" + server.authority() + "/v3/key?x=1"));
  BOOST_TEST(client.call("eth_chainId", {}).value().is_null());
  const auto asked = seen.get_future().get();
  BOOST_TEST(asked.starts_with("POST /v3/key?x=1 HTTP/1.1\r\n"));
  BOOST_TEST(asked.find("Host: " + server.authority() + "\r\n") != asked.npos);
  BOOST_TEST(asked.find("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n") != asked.npos);
}

BOOST_AUTO_TEST_CASE(a_closed_connection_is_made_anew) {
  // Told by a header, and by closing once the client waits for nothing.
  for (const std::string headers : {"Connection: close\r\n", ""}) {
    const HttpServer server([&](HttpPeer& peer) {
      const auto asked = peer.request();
      peer.answer(result_for(asked, "1"), "200 OK", headers);
    });
    JsonRpcClient client(server.endpoint());
    for (int i = 1; i <= 3; ++i) {
      // Without the header the close may reach this side after the next request has left; that
      // request is then lost and must be reported, never repeated.
      auto answer = client.call("evm_mine", {});
      while (!answer && headers.empty()) {
        BOOST_TEST(answer.error().kind == RpcFault::unreachable);
        answer = client.call("evm_mine", {});
      }
      BOOST_TEST(answer.value() == 1);
    }
    BOOST_TEST(server.connections() >= 3);
  }
}

BOOST_AUTO_TEST_CASE(a_request_that_may_have_been_heard_is_not_repeated) {
  std::atomic<int> heard = 0;
  const HttpServer server([&](HttpPeer& peer) {
    if (peer.request().empty()) return;
    if (++heard == 1) {
      peer.answer(R"({"id":1,"result":1})");
      if (!peer.request().empty()) ++heard;  // and closes without an answer
    }
  });
  JsonRpcClient client(server.endpoint());
  BOOST_TEST(client.call("evm_mine", {}).value() == 1);
  const auto lost = client.call("evm_mine", {});
  BOOST_REQUIRE(!lost);
  BOOST_TEST(lost.error().kind == RpcFault::unreachable);
  BOOST_TEST(heard == 2);
  BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(nobody_there_is_unreachable) {
  std::string gone;
  {
    gone = HttpServer([](HttpPeer&) {}).authority();
  }
  JsonRpcClient client(*Endpoint::parse("http://" + gone + "/0123456789abcdef"));
  const auto answer = client.call("eth_chainId", {});
  BOOST_REQUIRE(!answer);
  BOOST_TEST(answer.error().kind == RpcFault::unreachable);
  BOOST_TEST(answer.error().message.starts_with(gone + ": connecting: "));
  BOOST_TEST(answer.error().to_fault().what.find("abcdef") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_that_does_not_exist_is_unreachable) {
  JsonRpcClient client(*Endpoint::parse("http://nowhere.invalid/0123456789abcdef"),
                       {.connect_timeout_ms = 5000});
  const auto answer = client.call("eth_chainId", {});
  BOOST_REQUIRE(!answer);
  BOOST_TEST(
      (answer.error().kind == RpcFault::unreachable || answer.error().kind == RpcFault::timeout));
  BOOST_TEST(answer.error().message.starts_with("nowhere.invalid: resolving the name"));
}

BOOST_AUTO_TEST_CASE(silence_times_out) {
  const HttpServer silent([](HttpPeer& peer) { peer.wait_for_end(); });
  BOOST_TEST(fault_of(silent, {.read_timeout_ms = 50}).kind == RpcFault::timeout);
  const HttpServer slow([](HttpPeer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    peer.wait_for_end();
  });
  BOOST_TEST(fault_of(slow, {.read_timeout_ms = 50}).kind == RpcFault::timeout);
}

BOOST_AUTO_TEST_CASE(an_oversized_answer_is_refused) {
  const HttpServer server(answers_once(std::string(1001, ' ')));
  const auto fault = fault_of(server, {.body_max_bytes = 1000});
  BOOST_TEST(fault.kind == RpcFault::too_large);
  const HttpServer chunked(answers_once(
      "", "200 OK",
      "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, ' ') + "\r\n0\r\n\r\n"));
  BOOST_TEST(fault_of(chunked, {.body_max_bytes = 1000}).kind == RpcFault::too_large);
}

BOOST_AUTO_TEST_CASE(what_is_no_http_is_malformed) {
  const HttpServer server([](HttpPeer& peer) {
    peer.request();
    peer.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    peer.wait_for_end();
  });
  BOOST_TEST(fault_of(server).kind == RpcFault::malformed);
}

BOOST_AUTO_TEST_CASE(cancel_ends_a_blocked_call_and_every_later_one) {
  std::promise<void> asked;
  const HttpServer server([&](HttpPeer& peer) {
    peer.request();
    asked.set_value();
    peer.wait_for_end();
  });
  JsonRpcClient client(server.endpoint());
  auto blocked = std::async(std::launch::async, [&] { return client.call("eth_chainId", {}); });
  asked.get_future().wait();
  client.cancel();
  BOOST_TEST(blocked.get().error().kind == RpcFault::cancelled);
  BOOST_TEST(client.call("eth_chainId", {}).error().kind == RpcFault::cancelled);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(json_rpc_client)

BOOST_AUTO_TEST_CASE(too_many_requests_say_when_to_come_back) {
  const HttpServer server(answers_once("slow down", "429 Too Many Requests", "Retry-After: 3\r\n"));
  const auto fault = fault_of(server);
  BOOST_TEST(fault.kind == RpcFault::rate_limited);
  BOOST_TEST(fault.retry_after_ms.value() == 3000u);
  const HttpServer in_body(answers_once(
      R"({"id":1,"error":{"code":-32005,"message":"project request rate limit reached"}})"));
  BOOST_TEST(fault_of(in_body).kind == RpcFault::rate_limited);
  const HttpServer too_wide(answers_once(
      R"({"id":1,"error":{"code":-32005,"message":"query returned more than 10000 results"}})"));
  BOOST_TEST(fault_of(too_wide).kind == RpcFault::rpc_error);
}

BOOST_AUTO_TEST_CASE(a_status_other_than_ok_is_told) {
  const HttpServer server(answers_once("<html>", "502 Bad Gateway"));
  const auto fault = fault_of(server);
  BOOST_TEST(fault.kind == RpcFault::http_status);
  BOOST_TEST(fault.code == 502);
  BOOST_TEST(fault.said == "");
  const HttpServer line(answers_once("stale token\n", "401 Unauthorized"));
  const auto told = fault_of(line);
  BOOST_TEST(told.said == "stale token");
  BOOST_TEST(told.message.ends_with(": HTTP status 401, stale token"), told.message);
}

BOOST_AUTO_TEST_CASE(a_refusal_before_the_body_is_read_is_heard) {
  const std::string long_body(32u << 20, 'x');
  const auto asked = [&](const std::string& status) {
    const HttpServer server(
        [&](HttpPeer& peer) { peer.answer("content length too large", status); });
    return HttpClient(server.endpoint()).post(long_body);
  };
  const auto too_large = asked("413 Request Entity Too Large");
  BOOST_REQUIRE(too_large.has_value());
  BOOST_TEST(too_large->status == 413);
  BOOST_TEST(too_large->body == "content length too large");
  BOOST_TEST(asked("401 Unauthorized").value().status == 401);
  // What stands on a connection that was closed for its idleness is no answer.
  BOOST_TEST(!asked("408 Request Timeout").has_value());
}

BOOST_AUTO_TEST_CASE(an_error_object_says_more_than_its_status) {
  const HttpServer server(answers_once(
      R"({"id":null,"error":{"code":3,"message":"bad key 0123456789abcdef","data":"0x08"}})",
      "400 Bad Request"));
  const auto fault = fault_of(server, {}, "/v3/0123456789abcdef");
  BOOST_TEST(fault.kind == RpcFault::rpc_error);
  BOOST_TEST(fault.code == 3);
  BOOST_TEST(fault.message == server.authority() + ": bad key ***");
  BOOST_TEST(fault.data == "0x08");
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_malformed) {
  for (const std::string body :
       {"", "{", "[]", "7", "{}", R"({"id":1})", R"({"id":2,"result":1})", R"({"result":1})",
        R"({"id":"1","result":1})", R"({"id":1,"error":"no"})", R"({"id":1,"result":1}x)"}) {
    const HttpServer server(answers_once(body));
    BOOST_TEST_CONTEXT(body) { BOOST_TEST(fault_of(server).kind == RpcFault::malformed); }
  }
}

BOOST_AUTO_TEST_CASE(a_batch_keeps_the_order_of_its_calls) {
  const HttpServer server([](HttpPeer& peer) {
    const auto asked = boost::json::parse(body_of(peer.request())).as_array();
    boost::json::array answers;
    answers.push_back({{"id", asked.at(2).at("id")}, {"result", "third"}});
    answers.push_back(
        {{"id", asked.at(1).at("id")}, {"error", {{"code", -32000}, {"message", "no"}}}});
    answers.push_back({{"id", asked.at(0).at("id")}, {"result", asked.at(0).at("params")}});
    peer.answer(boost::json::serialize(answers));
    peer.wait_for_end();
  });
  JsonRpcClient client(server.endpoint());
  const auto answers = client.batch({{"a", {1}}, {"b", {}}, {"c", {}}, {"d", {}}}).value();
  BOOST_REQUIRE(answers.size() == 4u);
  BOOST_TEST(answers[0].value() == boost::json::value({1}));
  BOOST_TEST(answers[1].error().kind == RpcFault::rpc_error);
  BOOST_TEST(answers[2].value() == "third");
  BOOST_TEST(answers[3].error().kind == RpcFault::malformed);
  BOOST_TEST(client.batch({}).value().empty());
}

BOOST_AUTO_TEST_CASE(a_batch_refused_as_a_whole_is_one_fault) {
  const HttpServer server(
      answers_once(R"({"id":null,"error":{"code":-32005,"message":"too many"}})"));
  JsonRpcClient client(server.endpoint());
  const auto refused = client.batch({{"a", {}}, {"b", {}}});
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().kind == RpcFault::rpc_error);
  BOOST_TEST(refused.error().code == -32005);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(https)

namespace {

// A key and a certificate for 127.0.0.1 that nobody has signed but itself.
struct SelfSigned {
  SslContext context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  std::filesystem::path file;

  SelfSigned() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    auto* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    auto* host = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, host, -1);
    X509_EXTENSION_free(host);
    X509_sign(certificate, key, EVP_sha256());
    SSL_CTX_use_certificate(context.get(), certificate);
    SSL_CTX_use_PrivateKey(context.get(), key);
    char path[] = "/tmp/horae-http-XXXXXX";
    const int descriptor = ::mkstemp(path);
    file = path;
    FILE* out = ::fdopen(descriptor, "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~SelfSigned() { std::filesystem::remove(file); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_certificate_is_verified) {
  const SelfSigned identity;
  const HttpServer server(always(R"("0x1")"), identity.context.get());
  const auto distrusted = fault_of(server);
  BOOST_TEST(distrusted.kind == RpcFault::unreachable);
  BOOST_TEST(distrusted.message.find("certificate") != std::string::npos);

  JsonRpcClient trusting(server.endpoint(), {.ca_file = identity.file});
  for (int i = 0; i < 3; ++i) BOOST_TEST(trusting.call("eth_chainId", {}).value() == "0x1");
  BOOST_TEST(server.connections() == 2);
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_host_is_refused) {
  const SelfSigned identity;
  const HttpServer server(always(R"("0x1")"), identity.context.get());
  auto named = server.endpoint();
  named.host = "localhost";
  JsonRpcClient client(named, {.ca_file = identity.file});
  const auto answer = client.call("eth_chainId", {});
  BOOST_REQUIRE(!answer);
  BOOST_TEST(answer.error().kind == RpcFault::unreachable);
}

BOOST_AUTO_TEST_CASE(a_missing_file_of_authorities_is_told) {
  const SelfSigned identity;
  const HttpServer server(always("1"), identity.context.get());
  BOOST_TEST(fault_of(server, {.ca_file = "/nonexistent"}).message.find("ca_file") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
