#include "edges/framed_socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "core/files.hpp"

namespace horae {
namespace {

struct FrameLength {
  std::uint64_t message = 0;
  std::size_t own_bytes = 0;  // 0: more of them are to come
};

/// The length in front of a message.
Result<FrameLength> frame_length(std::string_view bytes) {
  constexpr std::size_t longest = 5;  // 2^35: more than any message may have
  FrameLength out;
  for (std::size_t i = 0; i < std::min(bytes.size(), longest); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    out.message |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) == 0) {
      out.own_bytes = i + 1;
      return out;
    }
  }
  if (bytes.size() >= longest) return fail("what stands before a message is no length");
  return out;
}

}  // namespace

void append_uvarint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

FramedSocket::~FramedSocket() { ::close(descriptor_); }

Result<std::optional<std::string_view>> FramedSocket::read() {
  in_.erase(0, used_);
  used_ = 0;
  std::array<char, 64 << 10> fresh;  // NOLINT: written by recv before it is read
  while (true) {
    const auto length = frame_length(in_);
    if (!length) return tl::unexpected(length.error());
    if (length->message > max_bytes_) {
      return fail("a message of " + std::to_string(length->message) + " bytes; at most " +
                  std::to_string(max_bytes_) + " are taken");
    }
    if (length->own_bytes > 0 && in_.size() - length->own_bytes >= length->message) {
      used_ = length->own_bytes + length->message;
      return std::string_view(in_).substr(length->own_bytes, length->message);
    }
    const auto got = ::recv(descriptor_, fresh.data(), fresh.size(), 0);
    if (got > 0) {
      in_.append(fresh.data(), static_cast<std::size_t>(got));
    } else if (got == 0) {
      if (in_.empty()) return std::nullopt;
      return fail("the other side closed within a message");
    } else if (errno != EINTR) {
      return fail("cannot read: " + errno_words(errno));
    }
  }
}

void FramedSocket::put(std::string_view message) {
  append_uvarint(out_, message.size());
  out_ += message;
}

Result<void> FramedSocket::flush() {
  std::string_view rest = out_;
  while (!rest.empty()) {
    const auto sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EINTR) {
      return fail("cannot write: " + errno_words(errno));
    }
  }
  out_.clear();
  return {};
}

void FramedSocket::shut() { ::shutdown(descriptor_, SHUT_RDWR); }

}  // namespace horae
