#include "node/http/get.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace horae {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

asio::awaitable<Result<Page>> get(Endpoint endpoint, std::string target, std::uint64_t timeout_ms) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  auto [unknown, addresses] =
      co_await resolver.async_resolve(endpoint.host, endpoint.port, awaited);
  if (unknown) co_return fail(unknown.message());
  boost::beast::tcp_stream stream(executor);
  stream.expires_after(std::chrono::milliseconds(timeout_ms));
  auto [refused, peer] = co_await stream.async_connect(addresses, awaited);
  if (refused) co_return fail(refused.message());
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, endpoint.host + ":" + endpoint.port);
  request.set(http::field::user_agent, "horae");
  request.keep_alive(false);
  auto [unsent, sent] = co_await http::async_write(stream, request, awaited);
  if (unsent) co_return fail(unsent.message());
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> answer;
  auto [unread, got] = co_await http::async_read(stream, buffer, answer, awaited);
  if (unread) co_return fail(unread.message());
  co_return Page{static_cast<int>(answer.result_int()), std::move(answer.body())};
}

}  // namespace

Result<Page> get_page(const Endpoint& endpoint, const std::string& target,
                      std::uint64_t timeout_ms) {
  asio::io_context io{1};
  Result<Page> out = fail("no answer");
  asio::co_spawn(io, get(endpoint, target, timeout_ms),
                 [&out](const std::exception_ptr&, Result<Page> got) { out = std::move(got); });
  io.run();
  return out;
}

}  // namespace horae
