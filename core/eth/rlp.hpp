#pragma once

#include <concepts>
#include <optional>

#include "core/bytes.hpp"
#include "core/u256.hpp"

// Recursive length prefix (Ethereum yellow paper, appendix B), canonical form alone: every value
// has exactly one encoding, and any other is refused.
namespace horae::rlp {

/// Walks the items of one list. The first thing that is wrong is kept in the fault that all readers
/// of one decoding share; from then on every reader is done and every value empty, so that a
/// decoder reads all its fields and looks at the fault once, at its end.
class Reader {
 public:
  /// The items of a list without its head.
  Reader(BytesView items, std::optional<Fault>& fault) : rest_(items), fault_(&fault) {}
  /// Bytes that are one list and nothing after it.
  static Reader whole(BytesView bytes, std::optional<Fault>& fault);

  [[nodiscard]] bool done() const { return rest_.empty() || *fault_; }
  /// Whether the next item is a list; false at the end.
  [[nodiscard]] bool at_list() const { return !done() && rest_[0] >= 0xc0; }

  // Each takes the next item; name says in a fault which field it was.
  BytesView string(std::string_view name);
  Reader list(std::string_view name);
  /// The next list with its head, unread: for what is kept as it came.
  BytesView raw_list(std::string_view name);
  /// Integers have no leading zero byte, zero itself is the empty string.
  U256 u256(std::string_view name);
  std::uint64_t u64(std::string_view name);
  template <class Fixed>
  Fixed fixed(std::string_view name) {
    const auto bytes = string(name);
    if (*fault_) return {};
    auto value = Fixed::from(bytes);
    if (!value) {
      refuse(name, value.error().what);
      return {};
    }
    return *value;
  }

  /// Refuses items after the last that was wanted.
  void end();

 private:
  struct Item {
    bool is_list = false;
    BytesView whole, payload;
  };
  Item take(std::string_view name);
  void refuse(std::string_view name, std::string_view why);

  BytesView rest_;
  std::optional<Fault>* fault_;
};

// Appends one item.
void put(Bytes& out, BytesView string);
void put(Bytes& out, const U256& number);
template <std::unsigned_integral Number>
void put(Bytes& out, Number number) {
  put(out, U256(number));
}
template <std::size_t N, class Tag>
void put(Bytes& out, const FixedBytes<N, Tag>& value) {
  put(out, value.view());
}

/// A list of items that are encoded already.
[[nodiscard]] Bytes list_of(BytesView items);

/// One item from a value, or a list from several.
template <class Value>
[[nodiscard]] Bytes encode(const Value& value) {
  Bytes out;
  put(out, value);
  return out;
}
template <class... Values>
[[nodiscard]] Bytes list(const Values&... values) {
  Bytes items;
  (put(items, values), ...);
  return list_of(items);
}

}  // namespace horae::rlp
