#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace horae {

/// Puts value at the end of out as protobuf's unsigned varint.
void append_uvarint(std::string& out, std::uint64_t value);

/// A connected stream socket that carries messages as CometBFT frames them on all of its sockets:
/// uvarint(length) ‖ message (libs/protoio). One thread reads and writes; shut() is from any.
class FramedSocket {
 public:
  /// Takes over a blocking, connected socket. A message above max_bytes is refused, unread.
  FramedSocket(int descriptor, std::size_t max_bytes)
      : descriptor_(descriptor), max_bytes_(max_bytes) {}
  FramedSocket(const FramedSocket&) = delete;
  FramedSocket& operator=(const FramedSocket&) = delete;
  ~FramedSocket();

  /// Waits for the next message; nothing where the other side has closed between two messages. It
  /// stands until the next read(). Refuses a length that is too large or none, and an end within a
  /// message. No memory is taken for bytes that did not come.
  [[nodiscard]] Result<std::optional<std::string_view>> read();

  /// Puts a message behind those that wait to be written.
  void put(std::string_view message);
  [[nodiscard]] std::size_t waiting() const { return out_.size(); }
  /// Writes what waits.
  [[nodiscard]] Result<void> flush();

  /// A blocked read() or flush() returns, and so does every later one.
  void shut();

 private:
  int descriptor_;
  std::size_t max_bytes_;
  std::string in_;
  std::size_t used_ = 0;  // of in_, by the message that was read last
  std::string out_;
};

}  // namespace horae
