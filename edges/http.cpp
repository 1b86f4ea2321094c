#include "edges/http.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "core/base64.hpp"

namespace horae {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

using Plain = beast::tcp_stream;
using Tls = beast::ssl_stream<beast::tcp_stream>;
using Addresses = std::vector<tcp::endpoint>;

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size()) return {};
    const auto* end = text.data() + i + 3;
    if (std::from_chars(text.data() + i + 1, end, value, 16).ptr != end) return {};
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

// A name that does not resolve blocks getaddrinfo for many seconds and nothing interrupts it; so it
// runs on a thread that is left alone when the caller gives up.
struct Lookup {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  bool given_up = false;
  error_code error;
  Addresses addresses;
};

void look_up(const std::shared_ptr<Lookup>& lookup, const std::string& host,
             const std::string& port) {
  asio::io_context io;
  tcp::resolver resolver(io);
  error_code error;
  Addresses addresses;
  for (const auto& entry : resolver.resolve(host, port, error)) addresses.push_back(entry);
  const std::lock_guard lock(lookup->mutex);
  lookup->done = true;
  lookup->error = error;
  lookup->addresses = std::move(addresses);
  lookup->changed.notify_all();
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view url) {
  Endpoint out;
  if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else if (url.starts_with("https://")) {
    url.remove_prefix(8);
    out.tls = true;
  } else {
    return fail("an endpoint's URL must start with http:// or https://");
  }
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    return fail("an endpoint's URL with a space or a character outside ASCII");
  }
  url = url.substr(0, url.find('#'));
  const auto authority_end = std::min(url.find_first_of("/?"), url.size());
  auto authority = url.substr(0, authority_end);
  out.target = url.substr(authority_end);
  if (!out.target.starts_with('/')) out.target.insert(0, "/");
  if (const auto at = authority.rfind('@'); at != authority.npos) {
    const auto user = percent_decoded(authority.substr(0, at));
    if (!user) return fail("an endpoint's user or password with a broken % escape");
    out.authorization =
        "Basic " + to_base64(as_bytes(user->find(':') == user->npos ? *user + ":" : *user));
    authority.remove_prefix(at + 1);
  }
  auto colon = authority.rfind(':');
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == authority.npos) return fail("an endpoint's IPv6 address without its ]");
    out.host = authority.substr(1, close - 1);
    colon = close + 1;
    if (colon < authority.size() && authority[colon] != ':') {
      return fail("an endpoint's host that is no host");
    }
  } else {
    out.host = authority.substr(0, colon);
  }
  if (out.host.empty()) return fail("an endpoint's URL without a host");
  out.port = out.tls ? "443" : "80";
  if (colon < authority.size()) {
    out.port = authority.substr(colon + 1);
    std::uint16_t number = 0;
    const auto* end = out.port.data() + out.port.size();
    const auto read = std::from_chars(out.port.data(), end, number);
    if (read.ptr != end || read.ec != std::errc() || number == 0) {
      return fail("an endpoint's port must be 1 to 65535");
    }
    out.port_named = true;
  }
  return out;
}

std::string Endpoint::shown() const {
  const auto name = host.find(':') == host.npos ? host : "[" + host + "]";
  return port_named ? name + ":" + port : name;
}

std::string Endpoint::scrub(std::string text) const {
  // Shorter pieces are words like v3 or rpc, no keys.
  constexpr std::size_t key_min = 8;
  const auto take_out = [&](std::string_view piece) {
    if (piece.size() < key_min) return;
    for (auto at = text.find(piece); at != text.npos; at = text.find(piece, at)) {
      text.replace(at, piece.size(), "***");
    }
  };
  for (const std::string_view whole : {std::string_view(target), std::string_view(authorization)}) {
    for (std::size_t from = 0; from < whole.size();) {
      const auto to = std::min(whole.find_first_of("/?&= ", from), whole.size());
      take_out(whole.substr(from, to - from));
      from = to + 1;
    }
  }
  return text;
}

class HttpClient::Connection {
 public:
  Connection(Endpoint to, HttpOptions with)
      : endpoint(std::move(to)), options_(std::move(with)), tls_(asio::ssl::context::tls_client) {
    if (!endpoint.tls) return;
    error_code ignored;  // without authorities every certificate is refused, with a reason
    tls_.set_default_verify_paths(ignored);
    if (!options_.ca_file.empty()) tls_.load_verify_file(options_.ca_file, ca_error_);
    tls_.set_verify_mode(asio::ssl::verify_peer);
  }

  tl::expected<HttpAnswer, HttpFault> post(const std::string& body) {
    const std::lock_guard one_at_a_time(calls_);
    if (cancelled_) return fault(HttpFault::cancelled, "cancelled");
    if (ca_error_) return fault(HttpFault::unreachable, "its ca_file: " + ca_error_.message());
    if (is_open() && has_gone_stale()) drop();
    const bool reused = is_open();
    auto answer = attempt(body);
    if (!answer && reused && !sent_whole_ && answer.error().kind == HttpFault::unreachable) {
      answer = attempt(body);
    }
    return answer;
  }

  void cancel() {
    {
      const std::lock_guard lock(lookups_);
      cancelled_ = true;
      if (lookup_) {
        const std::lock_guard inner(lookup_->mutex);
        lookup_->given_up = true;
        lookup_->changed.notify_all();
      }
    }
    asio::post(io_, [this] { drop(); });
  }

  const Endpoint endpoint;

 private:
  using Outcome = tl::expected<HttpAnswer, HttpFault>;

  [[nodiscard]] tl::unexpected<HttpFault> fault(HttpFault::Kind kind, std::string_view why) const {
    if (cancelled_) {
      return tl::unexpected(HttpFault{HttpFault::cancelled, endpoint.shown() + ": cancelled"});
    }
    return tl::unexpected(HttpFault{kind, endpoint.shown() + ": " + std::string(why)});
  }
  [[nodiscard]] tl::unexpected<HttpFault> fault(std::string_view doing, error_code error) const {
    const auto why = std::string(doing) + ": ";
    if (error == beast::error::timeout) return fault(HttpFault::timeout, why + "timed out");
    if (error == http::error::body_limit) {
      return fault(HttpFault::too_large,
                   "an answer of more than " + std::to_string(options_.body_max_bytes) + " bytes");
    }
    static const auto& http_errors = http::make_error_code(http::error::end_of_stream).category();
    const bool closed =
        error == http::error::end_of_stream || error == http::error::partial_message;
    return fault(
        error.category() == http_errors && !closed ? HttpFault::malformed : HttpFault::unreachable,
        why + error.message());
  }

  [[nodiscard]] bool is_open() const { return !std::holds_alternative<std::monostate>(stream_); }
  void drop() {
    if (is_open()) lowest().close();
    // Operations that still wait refer to the stream; it goes when they have been told.
    if (!busy_) stream_ = std::monostate();
  }
  Plain& lowest() {
    if (auto* tls = std::get_if<std::unique_ptr<Tls>>(&stream_)) return (*tls)->next_layer();
    return *std::get<std::unique_ptr<Plain>>(stream_);
  }
  // Nothing may come on an idle connection but its end.
  [[nodiscard]] bool has_gone_stale() {
    auto& socket = lowest().socket();
    error_code error;
    socket.non_blocking(true, error);
    char byte = 0;
    socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
    return error != asio::error::would_block;
  }

  Outcome attempt(const std::string& body) {
    sent_whole_ = false;
    keep_ = false;
    Addresses addresses;
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.connect_timeout_ms);
    if (!is_open()) {
      auto found = resolve(deadline);
      if (!found) return tl::unexpected(found.error());
      addresses = std::move(*found);
    }
    Outcome out;
    busy_ = true;
    io_.restart();
    asio::co_spawn(io_, exchange(std::move(addresses), deadline, body, out),
                   [&](const std::exception_ptr& failed) {
                     try {
                       if (failed) std::rethrow_exception(failed);
                     } catch (const std::exception& error) {
                       out = fault(HttpFault::unreachable, error.what());
                     }
                   });
    io_.run();
    busy_ = false;
    if (!keep_) drop();
    return out;
  }

  tl::expected<Addresses, HttpFault> resolve(std::chrono::steady_clock::time_point deadline) {
    error_code not_numeric;
    const auto address = asio::ip::make_address(endpoint.host, not_numeric);
    if (!not_numeric) {
      return Addresses{{address, static_cast<std::uint16_t>(std::stoul(endpoint.port))}};
    }
    auto lookup = std::make_shared<Lookup>();
    {
      const std::lock_guard lock(lookups_);
      if (cancelled_) return fault(HttpFault::cancelled, "cancelled");
      lookup_ = lookup;
    }
    std::thread([lookup, host = endpoint.host, port = endpoint.port] {
      look_up(lookup, host, port);
    }).detach();
    std::unique_lock lock(lookup->mutex);
    lookup->changed.wait_until(lock, deadline, [&] { return lookup->done || lookup->given_up; });
    if (lookup->given_up) return fault(HttpFault::cancelled, "cancelled");
    if (!lookup->done) return fault(HttpFault::timeout, "resolving the name: timed out");
    if (lookup->error) return fault("resolving the name", lookup->error);
    return lookup->addresses;
  }

  asio::awaitable<void> exchange(Addresses addresses,
                                 std::chrono::steady_clock::time_point deadline,
                                 const std::string& body, Outcome& out) {
    if (cancelled_) {
      out = fault(HttpFault::cancelled, "cancelled");
      co_return;
    }
    if (!is_open()) {
      if (const auto error = co_await connect(addresses, deadline)) {
        out = fault("connecting", error);
        co_return;
      }
    }
    if (auto* tls = std::get_if<std::unique_ptr<Tls>>(&stream_)) {
      co_await speak(**tls, body, out);
    } else {
      co_await speak(*std::get<std::unique_ptr<Plain>>(stream_), body, out);
    }
  }

  asio::awaitable<error_code> connect(const Addresses& addresses,
                                      std::chrono::steady_clock::time_point deadline) {
    if (endpoint.tls) {
      auto stream = std::make_unique<Tls>(io_, tls_);
      stream->set_verify_callback(asio::ssl::host_name_verification(endpoint.host));
      error_code no_address;
      asio::ip::make_address(endpoint.host, no_address);
      // Server name indication is for names (RFC 6066 §3).
      if (no_address) SSL_set_tlsext_host_name(stream->native_handle(), endpoint.host.c_str());
      stream_ = std::move(stream);
    } else {
      stream_ = std::make_unique<Plain>(io_);
    }
    lowest().expires_at(deadline);
    auto [refused, connected] = co_await lowest().async_connect(addresses, awaited);
    if (refused) co_return refused;
    error_code ignored;
    lowest().socket().set_option(tcp::no_delay(true), ignored);
    if (auto* tls = std::get_if<std::unique_ptr<Tls>>(&stream_)) {
      auto [distrusted] = co_await (*tls)->async_handshake(asio::ssl::stream_base::client, awaited);
      if (distrusted) co_return distrusted;
    }
    co_return error_code();
  }

  template <class Stream>
  asio::awaitable<void> speak(Stream& stream, const std::string& body, Outcome& out) {
    http::request<http::span_body<const char>> request(http::verb::post, endpoint.target, 11);
    const auto name =
        endpoint.host.find(':') == endpoint.host.npos ? endpoint.host : "[" + endpoint.host + "]";
    request.set(http::field::host, endpoint.port_named ? name + ":" + endpoint.port : name);
    request.set(http::field::user_agent, "horae");
    request.set(http::field::accept, "application/json");
    request.set(http::field::content_type, "application/json");
    auto authorization = options_.authorization ? options_.authorization()
                                                : Result<std::string>(endpoint.authorization);
    if (!authorization) {
      out = tl::unexpected(HttpFault{HttpFault::unreachable, authorization.error().what});
      co_return;
    }
    if (!authorization->empty()) request.set(http::field::authorization, *authorization);
    request.body() = beast::span<const char>(body.data(), body.size());
    request.prepare_payload();

    lowest().expires_after(std::chrono::milliseconds(options_.read_timeout_ms));
    auto [unsent, sent] = co_await http::async_write(stream, request, awaited);
    sent_whole_ = !unsent;

    // A server may refuse a request by its header, and close before it has read the body.
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(options_.body_max_bytes);
    auto [unread, read] = co_await http::async_read(stream, buffer, parser, awaited);
    const bool refused = !unread && is_refusal(parser.get().result_int());
    if (unsent && !refused) {
      out = fault("sending the request", unsent);
      co_return;
    }
    if (unread) {
      out = fault("reading the answer", unread);
      co_return;
    }
    lowest().expires_never();
    auto response = parser.release();
    HttpAnswer answer{response.result_int() > 999 ? 0 : static_cast<int>(response.result_int()),
                      retry_after_ms(response[http::field::retry_after]),
                      std::move(response.body())};
    keep_ = !unsent && response.keep_alive() && buffer.size() == 0;
    out = std::move(answer);
  }

  // An idle connection that a server closes may hold a 408, which is no answer to what is sent now.
  static bool is_refusal(unsigned status) { return status >= 400 && status != 408; }

  static std::optional<std::uint64_t> retry_after_ms(std::string_view seconds) {
    std::uint32_t value = 0;
    const auto* end = seconds.data() + seconds.size();
    const auto read = std::from_chars(seconds.data(), end, value);
    if (seconds.empty() || read.ptr != end || read.ec != std::errc()) return {};
    return std::uint64_t{value} * 1000;
  }

  const HttpOptions options_;
  asio::ssl::context tls_;
  error_code ca_error_;
  asio::io_context io_{1};
  std::variant<std::monostate, std::unique_ptr<Plain>, std::unique_ptr<Tls>> stream_;
  std::mutex calls_;
  std::mutex lookups_;
  std::shared_ptr<Lookup> lookup_;
  std::atomic<bool> cancelled_ = false;
  bool busy_ = false;
  bool sent_whole_ = false;
  bool keep_ = false;
};

HttpClient::HttpClient(Endpoint endpoint, HttpOptions options)
    : connection_(std::make_unique<Connection>(std::move(endpoint), std::move(options))) {}
HttpClient::~HttpClient() = default;

tl::expected<HttpAnswer, HttpFault> HttpClient::post(const std::string& body) {
  return connection_->post(body);
}
void HttpClient::cancel() { connection_->cancel(); }
const Endpoint& HttpClient::endpoint() const { return connection_->endpoint; }

}  // namespace horae
