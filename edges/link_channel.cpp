#include "edges/link_channel.hpp"

#include <openssl/ssl.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "edges/link_greeting.hpp"

namespace horae {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Steady = std::chrono::steady_clock;

constexpr std::size_t head_bytes = 12, ticket_bytes = 8;

void put_number(Bytes& out, std::uint64_t number, int bytes) {
  for (int byte = bytes - 1; byte >= 0; --byte) {
    out.push_back(static_cast<std::uint8_t>(number >> (8 * byte)));
  }
}
std::uint64_t number_in(BytesView bytes) {
  std::uint64_t out = 0;
  for (const auto byte : bytes) out = out << 8 | byte;
  return out;
}

}  // namespace

Bytes link_frame(std::uint64_t ticket, BytesView text) {
  Bytes out;
  out.reserve(head_bytes + text.size());
  put_number(out, ticket_bytes + text.size(), 4);
  put_number(out, ticket, 8);
  append(out, text);
  return out;
}

LinkChannel::LinkChannel(Socket socket, asio::ssl::context& tls, const LinkLimits& limits)
    : limits_(limits),
      stream_(std::move(socket), tls),
      wake_(stream_.get_executor()),
      deadline_(stream_.get_executor()),
      room_(stream_.get_executor()),
      look_(stream_.get_executor()) {}

void LinkChannel::expire_in(std::chrono::milliseconds patience) {
  deadline_.expires_after(patience);
  deadline_.async_wait([self = weak_from_this()](error_code error) {
    const auto channel = self.lock();
    if (!error && channel) channel->close("it took too long to greet");
  });
}

asio::awaitable<std::string> LinkChannel::connect(asio::ip::tcp::endpoint to) {
  auto [error] = co_await stream_.next_layer().async_connect(to, told_of_it);
  co_return error ? why(error) : std::string();
}

asio::awaitable<std::string> LinkChannel::shake_hands(asio::ssl::stream_base::handshake_type side) {
  auto [error] = co_await stream_.async_handshake(side, told_of_it);
  co_return error ? why(error) : std::string();
}

std::optional<Hash32> LinkChannel::exported() {
  Hash32 out;
  const auto done =
      SSL_export_keying_material(stream_.native_handle(), out.bytes.data(), out.bytes.size(),
                                 link_exporter.data(), link_exporter.size(), nullptr, 0, 0);
  if (done != 1) return std::nullopt;
  return out;
}

asio::awaitable<std::string> LinkChannel::write_now(const Bytes& bytes) {
  auto [error, count] = co_await asio::async_write(stream_, asio::buffer(bytes), told_of_it);
  co_return error ? why(error) : std::string();
}
asio::awaitable<std::string> LinkChannel::read_now(Bytes& bytes) {
  auto [error, count] = co_await asio::async_read(stream_, asio::buffer(bytes), told_of_it);
  co_return error ? why(error) : std::string();
}

asio::awaitable<std::string> LinkChannel::run() {
  deadline_.cancel();
  heard_ = Steady::now();
  asio::co_spawn(stream_.get_executor(), write_all(shared_from_this()), asio::detached);
  asio::co_spawn(stream_.get_executor(), watch(shared_from_this()), asio::detached);
  std::string ended;
  while (ended.empty()) ended = co_await read_frame();
  close(ended);
  co_return why_closed_;
}

bool LinkChannel::send(Bytes bytes) {
  if (closed_ || queued_ + bytes.size() > limits_.queued_bytes) return false;
  queued_ += bytes.size();
  out_.push_back(std::move(bytes));
  wake_.cancel();
  return true;
}

void LinkChannel::take() { ++unanswered_; }
void LinkChannel::give() {
  --unanswered_;
  heard_ = Steady::now();
  room_.cancel();
}

void LinkChannel::close(const std::string& because) {
  if (closed_) return;
  closed_ = true;
  why_closed_ = because;
  error_code ignored;
  stream_.next_layer().close(ignored);
  wake_.cancel();
  room_.cancel();
  look_.cancel();
  deadline_.cancel();
}

std::string LinkChannel::why(error_code error) const {
  if (closed_) return why_closed_;
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
    return "the other end closed it";
  }
  return error.message();
}

asio::awaitable<std::string> LinkChannel::read_frame() {
  while (unanswered_ >= limits_.unanswered && !closed_) {
    room_.expires_after(std::chrono::hours(1));
    co_await room_.async_wait(told_of_it);
  }
  if (closed_) co_return why_closed_;
  std::array<std::uint8_t, head_bytes> head{};
  auto [error, count] = co_await asio::async_read(stream_, asio::buffer(head), told_of_it);
  if (error) co_return why(error);
  const auto length = number_in(BytesView(head).first(4));
  if (length < ticket_bytes || length - ticket_bytes > limits_.frame_bytes) {
    co_return "a frame of " + std::to_string(length) + " bytes";
  }
  Bytes text(length - ticket_bytes);
  auto [cut, read] = co_await asio::async_read(stream_, asio::buffer(text), told_of_it);
  if (cut) co_return why(cut);
  // What was decrypted before the end is not heard behind it.
  if (closed_) co_return why_closed_;
  heard_ = Steady::now();
  const auto ticket = number_in(BytesView(head).subspan(4));
  if (ticket != 0) on_frame(ticket, std::move(text));
  co_return std::string();
}

// Who is not read on is heard no more, and lives.
std::string LinkChannel::too_late() const {
  if (writing_ && Steady::now() - *writing_ > limits_.answer) return "it does not read";
  if (unanswered_ < limits_.unanswered && Steady::now() - heard_ > limits_.silence) {
    return "nothing came from it for " + std::to_string(limits_.silence.count()) + " ms";
  }
  return overdue();
}

asio::awaitable<void> LinkChannel::watch(std::shared_ptr<LinkChannel> /*kept*/) {
  while (!closed_) {
    look_.expires_after(limits_.life);
    co_await look_.async_wait(told_of_it);
    if (closed_) co_return;
    if (const auto because = too_late(); !because.empty()) close(because);
  }
}

asio::awaitable<void> LinkChannel::write_all(std::shared_ptr<LinkChannel> /*kept*/) {
  while (!closed_) {
    if (out_.empty()) {
      wake_.expires_after(limits_.life);
      auto [woken] = co_await wake_.async_wait(told_of_it);
      if (closed_) co_return;
      if (!woken && out_.empty()) out_.push_back(link_frame(0, {}));
    }
    if (out_.empty()) continue;
    const auto next = std::move(out_.front());
    out_.pop_front();
    writing_ = Steady::now();
    auto [error, count] = co_await asio::async_write(stream_, asio::buffer(next), told_of_it);
    writing_.reset();
    if (error) co_return close(why(error));
    queued_ -= std::min(queued_, next.size());
  }
}

}  // namespace horae
