#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>

namespace horae::test {

struct HttpReply {
  int status = 0;  // 0: the connection ended without a whole answer
  std::string headers;
  std::string body;
};

/// A client that sends exactly the bytes it is told to.
class HttpPeer {
 public:
  explicit HttpPeer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    connected_ =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  HttpPeer(HttpPeer&& other) noexcept
      : socket_(other.socket_), connected_(other.connected_), held_(std::move(other.held_)) {
    other.socket_ = -1;
  }
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;
  ~HttpPeer() {
    if (socket_ >= 0) ::close(socket_);
  }

  [[nodiscard]] bool connected() const { return connected_; }

  /// False when the server has closed before all was sent.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish() { ::shutdown(socket_, SHUT_WR); }

  /// The next answer; waits for it.
  HttpReply read() {
    HttpReply out;
    while (held_.find("\r\n\r\n") == held_.npos) {
      if (!more()) return out;
    }
    const auto head = held_.find("\r\n\r\n") + 4;
    out.headers = held_.substr(0, head);
    std::transform(out.headers.begin(), out.headers.end(), out.headers.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto at = out.headers.find("content-length: ");
    const auto size = at == held_.npos ? 0 : std::stoul(out.headers.substr(at + 16));
    while (held_.size() < head + size) {
      if (!more()) return out;
    }
    out.body = held_.substr(head, size);
    held_.erase(0, head + size);
    out.status = std::stoi(out.headers.substr(out.headers.find(' ')));
    return out;
  }
  /// Whether the server closes without another byte; waits for either.
  bool ended() { return held_.empty() && !more(); }

  HttpReply post(std::string_view body, std::string_view host = "localhost") {
    send(request(body, host));
    return read();
  }
  static std::string request(std::string_view body, std::string_view host = "localhost") {
    return "POST / HTTP/1.1\r\nHost: " + std::string(host) +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + std::string(body);
  }

 private:
  bool more() {
    char bytes[65536];
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    held_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  bool connected_ = false;
  std::string held_;
};

}  // namespace horae::test
