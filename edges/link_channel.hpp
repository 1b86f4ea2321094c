#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "edges/member_links.hpp"

namespace horae {

/// For co_await: what came of it is a value, and nothing is thrown.
inline constexpr auto told_of_it = boost::asio::as_tuple(boost::asio::use_awaitable);

/// A text with its ticket, as it stands on the wire (edges/member_links.hpp).
[[nodiscard]] Bytes link_frame(std::uint64_t ticket, BytesView text);

/// One TLS channel between two members, from its first byte to its end. On the one thread of the
/// links alone. What returns text says why it came to nothing; empty: it did not.
class LinkChannel : public std::enable_shared_from_this<LinkChannel> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using OnFrame = std::function<void(std::uint64_t ticket, Bytes text)>;
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;

  LinkChannel(Socket socket, boost::asio::ssl::context& tls, const LinkLimits& limits);

  /// It is closed unless run() is called before.
  void expire_in(std::chrono::milliseconds patience);
  Awaitable<std::string> connect(boost::asio::ip::tcp::endpoint to);
  Awaitable<std::string> shake_hands(boost::asio::ssl::stream_base::handshake_type side);
  /// What this channel alone has, of link_exporter (edges/link_greeting.hpp).
  [[nodiscard]] std::optional<Hash32> exported();
  Awaitable<std::string> write_now(const Bytes& bytes);
  /// As many as there is place for.
  Awaitable<std::string> read_now(Bytes& bytes);

  /// Reads frames until the channel's end, gives signs of life meanwhile, and returns why it ended.
  Awaitable<std::string> run();
  // For run(), to be set before. What it is given as arguments GCC 12 destroys twice.
  OnFrame on_frame;
  /// Asked ten times a second: says why it should end, or nothing.
  std::function<std::string()> overdue = [] { return std::string(); };

  /// False: too much waits to be written already.
  [[nodiscard]] bool send(Bytes bytes);
  /// A request was read, and an answer is to be written: too many of the first without the second,
  /// and no more is read.
  void take();
  void give();

  void close(const std::string& because);

 private:
  [[nodiscard]] std::string why(boost::system::error_code error) const;
  Awaitable<std::string> read_frame();
  // kept: so that it lives as long as it writes.
  Awaitable<void> write_all(std::shared_ptr<LinkChannel> kept);
  /// Beside the writer, which may be waiting for the other end.
  Awaitable<void> watch(std::shared_ptr<LinkChannel> kept);
  [[nodiscard]] std::string too_late() const;

  const LinkLimits limits_;
  boost::asio::ssl::stream<Socket> stream_;
  boost::asio::steady_timer wake_, deadline_, room_, look_;
  std::deque<Bytes> out_;
  std::size_t queued_ = 0, unanswered_ = 0;
  std::chrono::steady_clock::time_point heard_;
  std::optional<std::chrono::steady_clock::time_point> writing_;  // since when
  bool closed_ = false;
  std::string why_closed_;
};

}  // namespace horae
