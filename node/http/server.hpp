#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace horae::rpc {

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                 // 0: a free one
  std::vector<std::string> hosts = {};    // names beside localhost, browser.hpp; "*": every one
  std::vector<std::string> origins = {};  // whose pages may read answers; "*": every one
  std::size_t body_max_bytes = 5u << 20;
  std::size_t connections_max = 512;
  std::uint64_t idle_timeout_ms = 120'000;  // between two requests
  std::uint64_t read_timeout_ms = 30'000;   // from a request's first byte to its last
  std::uint64_t write_timeout_ms = 30'000;  // for one answer
  std::uint64_t drain_timeout_ms = 5'000;   // for answers under way when the server stops
  bool gives_way = false;                   // its thread, to others of the process: for strangers
};

struct HttpRequest {
  std::string method;
  std::string target;  // path and query
  std::string body;
  std::string content_type = {};
};

struct HttpReply {
  unsigned status = 200;
  std::string body;
  std::string type = "text/plain; charset=utf-8";
  std::string allow = {};  // the methods that would be taken, for a 405
};

/// An HTTP/1.1 server on one thread of its own. Requests of one connection are
/// answered one after the other, pipelined or not; a HEAD as a GET, without the body.
class HttpServer {
 public:
  /// Called on the server's thread with each body; must return soon. respond may be called from any
  /// thread, once, also after the server has gone; letting it go unanswered is answered with 500.
  using Handler = std::function<void(std::string body, std::function<void(std::string)> respond)>;
  using RequestHandler =
      std::function<void(HttpRequest request, std::function<void(HttpReply)> respond)>;

  /// A port that is taken is a fault that names it.
  static Result<std::unique_ptr<HttpServer>> serve(HttpServerOptions options,
                                                   RequestHandler handler);
  /// The same for `POST /` with JSON alone, answered with JSON; a bare `GET /` is answered with 200
  /// and nothing, since load balancers ask that.
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, Handler handler);
  /// Stops.
  ~HttpServer();

  [[nodiscard]] std::uint16_t port() const;
  /// Takes nothing more, and waits for the answers under way, at most so long; whether all are out.
  /// Once, and not from the handler.
  bool drain(std::chrono::milliseconds most);
  /// Takes nothing more, lets what is being answered end, and joins the thread. Not to be called
  /// from the handler.
  void stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace horae::rpc
