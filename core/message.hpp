#pragma once

#include <capnp/message.h>
#include <capnp/schema.h>

#include <cstring>
#include <memory>
#include <utility>

#include "core/bytes.hpp"
#include "core/u256.hpp"

namespace horae {

/// The immutable, reference-counted bytes of one Cap'n Proto message: one canonical segment without
/// a segment table. What is logged = what is hashed = what is sent. Copies share the bytes.
class Message {
 public:
  /// 16 MiB: a record's payload (design: at most that) and so the largest message of any kind.
  static constexpr std::size_t max_bytes = 16u << 20;

  Message() = default;
  [[nodiscard]] BytesView bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

  /// Takes over words that are one canonical segment.
  static Message adopt(kj::Array<capnp::word> words);
  /// Copies bytes that this process wrote and whose hash was checked. No walk.
  static Message trusted(BytesView bytes);
  /// The same without the copy: 8-aligned bytes that live as long as owner does; without an owner,
  /// as long as whoever calls sees to.
  static Message borrowed(BytesView bytes, std::shared_ptr<const void> owner = nullptr);
  /// One checked walk over bytes from outside against the schema: length, pointers, canonical form,
  /// every field readable, no union tag that this program does not know. The bytes are 8-aligned.
  static Result<void> check(BytesView bytes, capnp::StructSchema schema);
  /// Copies bytes from outside after that check.
  static Result<Message> checked(BytesView bytes, capnp::StructSchema schema);

 protected:
  Message(BytesView bytes, std::shared_ptr<const void> owner)
      : owner_(std::move(owner)), bytes_(bytes) {}
  [[nodiscard]] const capnp::word* words() const {
    return reinterpret_cast<const capnp::word*>(bytes_.data());
  }

 private:
  std::shared_ptr<const void> owner_;
  BytesView bytes_;
};

/// A message known to be an S. Constructible by build (canonical at once) or parse (checked); read
/// without bounds checks afterwards, since a shared reader's traversal limit is used up by reads.
template <class S>
class Msg : public Message {
 public:
  using Schema = S;
  /// Only for containers and actors' default states; reading it is a bug.
  Msg() = default;

  /// fill is called with the builder of an empty S.
  template <class Fill>
  static Msg build(Fill&& fill) {
    alignas(8) std::uint64_t scratch[256] = {};
    capnp::MallocMessageBuilder builder(
        kj::arrayPtr(reinterpret_cast<capnp::word*>(scratch), std::size(scratch)));
    auto root = builder.initRoot<S>();
    fill(root);
    // Most messages are canonical as built: their last field is a pointer, not a zero word.
    const auto segments = builder.getSegmentsForOutput();
    if (segments.size() == 1 && builder.isCanonical()) {
      auto words = kj::heapArray<capnp::word>(segments[0].size());
      std::memcpy(words.asBytes().begin(), segments[0].begin(), words.asBytes().size());
      return Msg(Message::adopt(std::move(words)));
    }
    return Msg(Message::adopt(capnp::canonicalize(root.asReader())));
  }
  /// The canonical message of a struct that stands inside another one.
  static Msg copy_of(typename S::Reader reader) {
    return Msg(Message::adopt(capnp::canonicalize(reader)));
  }
  static Result<Msg> parse(BytesView bytes) {
    auto message = Message::checked(bytes, capnp::Schema::from<S>());
    if (!message) return tl::unexpected(message.error());
    return Msg(std::move(*message));
  }
  /// Asserts that the bytes are an S: for what this process built or has checked before.
  static Msg of(Message message) { return Msg(std::move(message)); }

  [[nodiscard]] typename S::Reader read() const { return read(bytes()); }
  [[nodiscard]] typename S::Reader operator*() const { return read(); }
  /// The same of a message without a handle of its own on it: the reader lives as long as that.
  [[nodiscard]] static typename S::Reader read(BytesView message) {
    if (message.empty()) stop("an empty message was read");
    return capnp::readMessageUnchecked<S>(reinterpret_cast<const capnp::word*>(message.data()));
  }

 private:
  explicit Msg(Message message) : Message(std::move(message)) {}
};

// Cap'n Proto's Data and Text to and from our values. The length of fixed values is checked here;
// of what strangers send, core/message_shape.hpp looks at it before.
[[nodiscard]] inline capnp::Data::Reader data(BytesView bytes) {
  return {bytes.data(), bytes.size()};
}
// An overload of its own, or std::data would be found first.
[[nodiscard]] inline capnp::Data::Reader data(const Bytes& bytes) {
  return {bytes.data(), bytes.size()};
}
template <std::size_t N, class Tag>
[[nodiscard]] capnp::Data::Reader data(const FixedBytes<N, Tag>& value) {
  return {value.bytes.data(), N};
}
[[nodiscard]] inline BytesView view(capnp::Data::Reader reader) {
  return {reader.begin(), reader.size()};
}
[[nodiscard]] inline Bytes copy(capnp::Data::Reader reader) {
  return {reader.begin(), reader.end()};
}
/// A logged value of the wrong length is a damaged log or a bug: stops. An absent one reads as
/// zero.
template <class Fixed>
[[nodiscard]] Fixed fixed(capnp::Data::Reader reader) {
  if (reader.size() == 0) return {};
  if (reader.size() == Fixed::size) {
    Fixed out;
    std::memcpy(out.bytes.data(), reader.begin(), Fixed::size);
    return out;
  }
  const auto value = Fixed::from(view(reader));
  if (!value) stop("a field of a message: " + value.error().what);
  return *value;
}

/// A number of 32 big-endian bytes ($u256 in the schemas); an absent one reads as zero.
[[nodiscard]] inline U256 read_u256(capnp::Data::Reader reader) {
  return from_word(fixed<Hash32>(reader));
}

}  // namespace horae
