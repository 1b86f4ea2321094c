#include "events/receipts.hpp"

#include <array>
#include <cstring>

namespace horae {
namespace {

Receipt built(std::uint64_t seq) {
  return Receipt::build([&](auto receipt) { receipt.setAccepted(seq); });
}

// What two canonical receipts have in common, and the one word in which they differ.
struct Shape {
  static constexpr std::size_t words = 3;  // pointer, tag, seq: see schemas/values.capnp
  std::array<std::uint64_t, words> content{};
  std::size_t seq_at = 0;

  Shape() {
    const auto other = built(UINT64_MAX);
    const auto one = built(2);  // no other word of it is 2: the tag is 1
    if (one.bytes().size() != sizeof content || other.bytes().size() != sizeof content) {
      stop("a receipt of another length");
    }
    std::memcpy(content.data(), one.bytes().data(), sizeof content);
    while (seq_at < words && content[seq_at] != 2) ++seq_at;
    content.at(seq_at) = UINT64_MAX;
    if (std::memcmp(content.data(), other.bytes().data(), sizeof content) != 0) {
      stop("receipts that differ in more than their record");
    }
  }
};

const Shape& shape() {
  static const Shape made;
  return made;
}

}  // namespace

Receipts::Receipts(std::size_t most)
    : words_(std::make_shared_for_overwrite<std::uint64_t[]>(most * Shape::words)),
      left_(most),
      next_(words_.get()) {}

Receipt Receipts::accepted(std::uint64_t seq) {
  if (seq == 0) return built(0);  // of a barrier in an empty log: canonical form drops zeros
  if (left_-- == 0) stop("more receipts than were announced");
  auto* const words = std::exchange(next_, next_ + Shape::words);
  std::copy(shape().content.begin(), shape().content.end(), words);
  words[shape().seq_at] = seq;
  const BytesView bytes(reinterpret_cast<const std::uint8_t*>(words),
                        Shape::words * sizeof(std::uint64_t));
  return Receipt::of(Message::borrowed(bytes, words_));
}

}  // namespace horae
