#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "core/result.hpp"

namespace horae {

/// Where a server listens. Providers put their key into the path, the query or user:password, so
/// the URL is a secret: what people see is shown(), and foreign text is scrubbed first.
struct Endpoint {
  bool tls = false;
  std::string host;           // as the URL has it, without the brackets of an IPv6 address
  std::string port;           // digits; the scheme's own where the URL names none
  std::string target;         // path and query, never empty
  std::string authorization;  // value of the Authorization header, empty for none
  bool port_named = false;

  /// Reads http://[user[:password]@]host[:port][/path][?query] or https://…. The fault never
  /// repeats the URL. By our own code, since Debian 12's Boost.URL (1.81) takes http://host:x for
  /// the host with the path x, and http://me@home:secret@host for the host home, to which it would
  /// send the secret; and it refuses the zone of a link-local address (http://[fe80::1%eth0]).
  static Result<Endpoint> parse(std::string_view url);
  /// The host, with its port where the URL names one: nothing else may be printed or logged.
  [[nodiscard]] std::string shown() const;
  /// The text with every longer piece of the path, the query and the credentials taken out, for
  /// what a server answers may repeat them.
  [[nodiscard]] std::string scrub(std::string text) const;
};

struct HttpOptions {
  std::uint64_t connect_timeout_ms = 10'000;  // name, connection and TLS handshake together
  std::uint64_t read_timeout_ms = 30'000;     // from the request's first byte to the answer's last
  std::size_t body_max_bytes = 64u << 20;     // of an answer
  /// Value of the Authorization header, made anew for each request; none: the endpoint's own. A
  /// request without it is not sent.
  std::function<Result<std::string>()> authorization = {};
  std::string ca_file = {};  // PEM of further trusted authorities; empty: the system's alone
};

struct HttpAnswer {
  int status = 0;
  std::optional<std::uint64_t> retry_after_ms;  // Retry-After in seconds; a date is not read
  std::string body;
};

struct HttpFault {
  enum Kind { unreachable, timeout, malformed, too_large, cancelled };
  Kind kind = unreachable;
  std::string what;  // names the endpoint by host only
};

/// A synchronous HTTP/1.1 client with one kept-alive connection, made anew when the server has
/// closed it. A request is repeated only where the server cannot have got it whole, since a POST
/// that happened twice may do harm. Calls from several threads follow one another.
class HttpClient {
 public:
  explicit HttpClient(Endpoint endpoint, HttpOptions options = {});
  ~HttpClient();

  /// Sends a JSON body and waits for the whole answer, whatever its status.
  tl::expected<HttpAnswer, HttpFault> post(const std::string& body);
  /// From any thread: a blocked call returns, and every later one is refused, with `cancelled`.
  void cancel();
  [[nodiscard]] const Endpoint& endpoint() const;

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace horae
