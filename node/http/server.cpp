#include "node/http/server.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "core/priority.hpp"
#include "edges/quiet_thread.hpp"
#include "node/http/browser.hpp"

namespace horae::rpc {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

constexpr std::uint32_t header_max_bytes = 16u << 10;
// Connections that get nothing but a refusal; beyond these a connection is closed without a word.
constexpr std::size_t refusing_max = 64;
// What is read and thrown away after a refusal, so that a client that is still sending sees it.
constexpr std::size_t linger_max_bytes = 64u << 20;
constexpr milliseconds linger_max{2000};
constexpr milliseconds out_of_files_pause{100};

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

Response response(http::status status, bool keep_alive, std::string body,
                  std::string_view type = "text/plain; charset=utf-8") {
  Response out(status, 11);
  out.set(http::field::content_type, type);
  out.body() = std::move(body);
  out.keep_alive(keep_alive);
  out.prepare_payload();
  return out;
}

Response to_response(HttpReply reply) {
  auto out = response(http::int_to_status(reply.status), true, std::move(reply.body), reply.type);
  if (!reply.allow.empty()) out.set(http::field::allow, reply.allow);
  return out;
}

// What is refused of JSON-RPC before its body is looked at.
std::optional<HttpReply> refusal_of_rpc(const HttpRequest& request) {
  if (request.method == "GET" && request.target == "/" && request.body.empty()) return HttpReply{};
  if (request.target.substr(0, request.target.find('?')) != "/") {
    return HttpReply{.status = 404, .body = "JSON-RPC is served at /\n"};
  }
  if (request.method != "POST") {
    return HttpReply{.status = 405,
                     .body = "Horae's JSON-RPC: send a POST with a JSON-RPC 2.0 request\n",
                     .allow = "POST"};
  }
  if (!is_json_type(request.content_type)) {
    return HttpReply{.status = 415,
                     .body = "invalid content type, only application/json is supported\n"};
  }
  return std::nullopt;
}

// What a page of another origin is told, if it may be told anything.
void add_cors(Response& out, std::string_view origin) {
  out.set(http::field::access_control_allow_origin, origin);
  out.set(http::field::vary, "Origin");
}

// A browser that asks whether a page's request may be sent.
bool is_preflight(const Request& request) {
  return request.method() == http::verb::options && request.count(http::field::origin) == 1 &&
         request.count(http::field::access_control_request_method) == 1;
}

// As long as geth has it kept.
constexpr const char* preflight_kept_s = "600";

Response preflight(const Request& request) {
  auto out = response(http::status::no_content, true, "");
  out.erase(http::field::content_type);
  out.set(http::field::access_control_allow_methods, "GET, HEAD, POST");
  out.set(http::field::access_control_allow_headers,
          request[http::field::access_control_request_headers]);
  out.set(http::field::access_control_max_age, preflight_kept_s);
  return out;
}

// One client. Touched on the server's thread alone.
struct Session {
  explicit Session(tcp::socket socket)
      : stream(std::move(socket)), answered(stream.get_executor()) {}

  void close() {
    stream.close();
    answered.cancel();
  }

  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  bool idle = false;  // waits for a request's first byte
  // What the handler gave back, and the timer that stands in for the wait for it.
  std::optional<Response> answer;
  asio::steady_timer answered;
};

// What is left of the server for those who still hold a respond when it has gone.
struct Gate {
  std::mutex mutex;
  asio::io_context* io = nullptr;
};

// One answer owed.
class Debt {
 public:
  Debt(std::shared_ptr<Gate> gate, std::weak_ptr<Session> session)
      : gate_(std::move(gate)), session_(std::move(session)) {}
  Debt(const Debt&) = delete;
  Debt& operator=(const Debt&) = delete;
  // NOLINTNEXTLINE(bugprone-exception-escape): only without memory, or a mutex that is none.
  ~Debt() { pay(response(http::status::internal_server_error, true, "no answer\n")); }

  void pay(Response answer) {
    if (paid_.exchange(true)) return;
    const std::lock_guard lock(gate_->mutex);
    if (gate_->io == nullptr) return;
    asio::post(*gate_->io, [to = session_, answer = std::move(answer)]() mutable {
      if (const auto session = to.lock()) {
        session->answer = std::move(answer);
        session->answered.cancel();
      }
    });
  }

 private:
  std::shared_ptr<Gate> gate_;
  std::weak_ptr<Session> session_;
  std::atomic<bool> paid_ = false;
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerOptions options, RequestHandler handler)
      : options_(std::move(options)), handler_(std::move(handler)) {
    gate_->io = &io_;
  }
  // NOLINTNEXTLINE(bugprone-exception-escape): as above.
  ~Impl() { stop(); }

  Result<void> open() {
    const auto where = options_.address + ":" + std::to_string(options_.port);
    error_code error;
    const tcp::endpoint endpoint(asio::ip::make_address(options_.address, error), options_.port);
    if (error) return fail("the address " + options_.address + " to listen on is none");
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error == asio::error::address_in_use) {
      return fail("port " + std::to_string(options_.port) + " is taken (" + where + ")");
    }
    if (error) return fail("cannot listen on " + where + ": " + error.message());
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = quiet_thread("http", [this] {
      if (options_.gives_way) lower_priority();
      io_.run();
    });
    return {};
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  bool drain(milliseconds most) {
    if (!thread_.joinable()) return true;
    asio::post(io_, [this] { begin_drain(); });
    return all_out_.get_future().wait_for(most) == std::future_status::ready;
  }

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
      begin_drain();
      lose_patience_soon();
    });
    thread_.join();
    const std::lock_guard lock(gate_->mutex);
    gate_->io = nullptr;
  }

 private:
  void begin_drain() {
    if (std::exchange(draining_, true)) return;
    acceptor_.close();
    pause_.cancel();
    for (const auto& session : sessions_) {
      if (session->idle) session->close();
    }
    if (sessions_.empty()) all_out_.set_value();
  }

  void lose_patience_soon() {
    if (sessions_.empty()) return;
    patience_.expires_after(milliseconds(options_.drain_timeout_ms));
    patience_.async_wait([this](error_code cancelled) {
      if (cancelled) return;
      out_of_patience_ = true;
      for (const auto& session : sessions_) session->close();
    });
  }

  asio::awaitable<void> accept() {
    while (!draining_) {
      auto [error, socket] = co_await acceptor_.async_accept(awaited);
      if (draining_) break;
      if (error) {
        // Mostly too many open files: connections that end give some back.
        pause_.expires_after(out_of_files_pause);
        co_await pause_.async_wait(awaited);
        continue;
      }
      const bool full = serving_ >= options_.connections_max;
      if (full && sessions_.size() - serving_ >= refusing_max) continue;
      auto session = std::make_shared<Session>(std::move(socket));
      sessions_.insert(session);
      if (!full) ++serving_;
      asio::co_spawn(io_, full ? turn_away(session) : serve(session),
                     [this, session, full](const std::exception_ptr&) {
                       if (!full) --serving_;
                       sessions_.erase(session);
                       if (!draining_ || !sessions_.empty()) return;
                       all_out_.set_value();
                       patience_.cancel();
                     });
    }
  }

  asio::awaitable<void> turn_away(std::shared_ptr<Session> session) {
    co_await refuse(*session, http::status::service_unavailable,
                    "at most " + std::to_string(options_.connections_max) + " connections\n");
  }

  asio::awaitable<void> serve(std::shared_ptr<Session> session) {
    auto& stream = session->stream;
    error_code ignored;
    stream.socket().set_option(tcp::no_delay(true), ignored);
    while (true) {
      if (!co_await first_byte(*session)) co_return;
      stream.expires_after(milliseconds(options_.read_timeout_ms));
      http::request_parser<http::string_body> parser;
      parser.header_limit(header_max_bytes);
      parser.body_limit(options_.body_max_bytes);
      auto [bad_header, header] =
          co_await http::async_read_header(stream, session->buffer, parser, awaited);
      if (bad_header) co_return co_await refuse(*session, bad_header);
      if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        http::response<http::empty_body> go_on(http::status::continue_, 11);
        auto [unsent, sent] = co_await http::async_write(stream, go_on, awaited);
        if (unsent) co_return;
      }
      auto [bad_body, body] = co_await http::async_read(stream, session->buffer, parser, awaited);
      if (bad_body) co_return co_await refuse(*session, bad_body);

      auto request = parser.release();
      const bool keep_alive = request.keep_alive();
      const auto version = request.version();
      const bool head = request.method() == http::verb::head;
      const std::string origin(request[http::field::origin]);
      const bool shared = allows_origin(options_.origins, origin);
      auto out = refusal(request);
      if (!out && shared && is_preflight(request)) out = preflight(request);
      if (!out) out = co_await answer(session, std::move(request));
      if (!out) co_return;
      if (shared) add_cors(*out, origin);
      // Its length stays as it is told.
      if (head) out->body().clear();
      out->version(version);
      out->keep_alive(keep_alive && !draining_);
      stream.expires_after(milliseconds(options_.write_timeout_ms));
      auto [unsent, sent] = co_await http::async_write(stream, *out, awaited);
      if (unsent) co_return;
      if (!out->keep_alive()) co_return co_await linger(*session);
    }
  }

  // False when the client has nothing more to say, or the server stops.
  asio::awaitable<bool> first_byte(Session& session) {
    if (session.buffer.size() > 0) co_return true;
    if (draining_) co_return false;
    session.idle = true;
    session.stream.expires_after(milliseconds(options_.idle_timeout_ms));
    auto [error, got] =
        co_await session.stream.async_read_some(session.buffer.prepare(4096), awaited);
    session.idle = false;
    session.buffer.commit(got);
    co_return !error;
  }

  // What is wrong with a well-formed HTTP request, if anything.
  [[nodiscard]] std::optional<Response> refusal(const Request& request) const {
    const auto hosts = request.count(http::field::host);
    if (hosts > 1 || (hosts == 0 && request.version() > 10)) {
      return response(http::status::bad_request, true, "HTTP/1.1 wants one Host\n");
    }
    if (!serves_host(options_.hosts, request[http::field::host])) {
      return response(http::status::forbidden, true,
                      "invalid host specified: its operator names those that are served "
                      "(rpc.vhosts, ops.vhosts)\n");
    }
    return {};
  }

  // Nothing when the wait for the handler was cut short.
  asio::awaitable<std::optional<Response>> answer(const std::shared_ptr<Session>& session,
                                                  Request request) {
    session->answer.reset();
    session->stream.expires_never();
    {
      const auto debt = std::make_shared<Debt>(gate_, session);
      try {
        std::string type(request[http::field::content_type]);
        handler_(
            {std::string(request.method_string()), std::string(path_of_target(request.target())),
             std::move(request.body()), std::move(type)},
            [debt](HttpReply reply) { debt->pay(to_response(std::move(reply))); });
      } catch (const std::exception&) {
        debt->pay(response(http::status::internal_server_error, true, "internal error\n"));
      }
    }
    session->answered.expires_at(asio::steady_timer::time_point::max());
    if (!out_of_patience_) co_await session->answered.async_wait(awaited);
    co_return std::move(session->answer);
  }

  // A request that is no HTTP, or more than this server takes.
  asio::awaitable<void> refuse(Session& session, error_code error) {
    static const auto& http_errors = http::make_error_code(http::error::end_of_stream).category();
    if (error == http::error::body_limit) {
      co_await refuse(session, http::status::payload_too_large,
                      "at most " + std::to_string(options_.body_max_bytes) + " bytes\n");
    } else if (error == http::error::header_limit) {
      co_await refuse(session, http::status::request_header_fields_too_large,
                      "at most " + std::to_string(header_max_bytes) + " bytes of header\n");
    } else if (error == beast::error::timeout) {
      // The stream has been closed by its timer.
    } else if (error.category() == http_errors && error != http::error::end_of_stream &&
               error != http::error::partial_message) {
      co_await refuse(session, http::status::bad_request, "no HTTP/1.1: " + error.message() + "\n");
    }
  }

  asio::awaitable<void> refuse(Session& session, http::status status, std::string why) {
    auto out = response(status, false, std::move(why));
    session.stream.expires_after(linger_max);
    auto [unsent, sent] = co_await http::async_write(session.stream, out, awaited);
    if (!unsent) co_await linger(session);
  }

  // Closing with bytes unread would reset the connection, and the client might lose the answer.
  asio::awaitable<void> linger(Session& session) {
    error_code ignored;
    session.stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    session.stream.expires_after(linger_max);
    std::array<char, 16384> waste;
    for (std::size_t read = 0; read < linger_max_bytes && !draining_;) {
      auto [ended, got] = co_await session.stream.async_read_some(asio::buffer(waste), awaited);
      if (ended) co_return;
      read += got;
    }
  }

  HttpServerOptions options_;
  RequestHandler handler_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer pause_{io_};
  asio::steady_timer patience_{io_};
  std::set<std::shared_ptr<Session>> sessions_;
  std::size_t serving_ = 0;  // sessions but those that are turned away
  bool draining_ = false;
  bool out_of_patience_ = false;
  std::uint16_t port_ = 0;
  std::promise<void> all_out_;  // draining, and no session is left
  std::thread thread_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, Handler handler) {
  return serve(
      std::move(options),
      [handler = std::move(handler)](HttpRequest request, std::function<void(HttpReply)> respond) {
        if (auto refused = refusal_of_rpc(request)) return respond(std::move(*refused));
        handler(std::move(request.body), [respond = std::move(respond)](std::string text) {
          respond({.body = std::move(text), .type = "application/json"});
        });
      });
}

Result<std::unique_ptr<HttpServer>> HttpServer::serve(HttpServerOptions options,
                                                      RequestHandler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  if (auto opened = impl->open(); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const { return impl_->port(); }
bool HttpServer::drain(std::chrono::milliseconds most) { return impl_->drain(most); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace horae::rpc
