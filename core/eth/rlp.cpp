#include "core/eth/rlp.hpp"

namespace horae::rlp {
namespace {

// Payloads up to this length have their length in the head's own byte.
constexpr std::size_t short_length = 55;

void put_head(Bytes& out, std::uint8_t base, std::size_t length) {
  if (length <= short_length) {
    out.push_back(static_cast<std::uint8_t>(base + length));
    return;
  }
  std::uint8_t size = 0;
  for (auto rest = length; rest != 0; rest >>= 8) ++size;
  out.push_back(static_cast<std::uint8_t>(base + short_length + size));
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(length >> shift));
  }
}

}  // namespace

Reader Reader::whole(BytesView bytes, std::optional<Fault>& fault) {
  Reader outer(bytes, fault);
  const auto items = outer.list("the whole");
  outer.end();
  return items;
}

void Reader::refuse(std::string_view name, std::string_view why) {
  if (!*fault_) *fault_ = Fault{std::string(name) + ": " + std::string(why)};
}

Reader::Item Reader::take(std::string_view name) {
  if (*fault_) return {};
  if (rest_.empty()) return refuse(name, "missing"), Item{};
  const std::uint8_t first = rest_[0];
  if (first < 0x80) {
    Item item{false, rest_.first(1), rest_.first(1)};
    rest_ = rest_.subspan(1);
    return item;
  }
  const bool is_list = first >= 0xc0;
  const std::size_t code = first - (is_list ? 0xc0u : 0x80u);
  std::size_t head = 1;
  std::size_t length = code;
  if (code > short_length) {
    const std::size_t size = code - short_length;
    if (size >= rest_.size()) return refuse(name, "a length that is cut short"), Item{};
    if (rest_[1] == 0) return refuse(name, "a length with a leading zero"), Item{};
    // Nobody holds 2^32 bytes in one message; the bound keeps the sum below from wrapping.
    if (size > 4) return refuse(name, "a length beyond any message"), Item{};
    length = 0;
    for (std::size_t i = 1; i <= size; ++i) length = length << 8 | rest_[i];
    if (length <= short_length) return refuse(name, "a long length for a short payload"), Item{};
    head += size;
  }
  if (length > rest_.size() - head) return refuse(name, "longer than what holds it"), Item{};
  Item item{is_list, rest_.first(head + length), rest_.subspan(head, length)};
  if (!is_list && length == 1 && item.payload[0] < 0x80) {
    return refuse(name, "a head for a byte that stands for itself"), Item{};
  }
  rest_ = rest_.subspan(head + length);
  return item;
}

BytesView Reader::string(std::string_view name) {
  const auto item = take(name);
  if (item.is_list) return refuse(name, "a list where a string belongs"), BytesView{};
  return item.payload;
}

Reader Reader::list(std::string_view name) {
  const auto item = take(name);
  if (!*fault_ && !item.is_list) refuse(name, "a string where a list belongs");
  return {item.payload, *fault_};
}

BytesView Reader::raw_list(std::string_view name) {
  const auto item = take(name);
  if (!*fault_ && !item.is_list) refuse(name, "a string where a list belongs");
  return item.whole;
}

U256 Reader::u256(std::string_view name) {
  const auto bytes = string(name);
  if (*fault_) return 0;
  if (bytes.size() > 32) return refuse(name, "more than 256 bits"), U256(0);
  if (!bytes.empty() && bytes[0] == 0) return refuse(name, "a leading zero"), U256(0);
  return *u256_from_bytes(bytes);
}

std::uint64_t Reader::u64(std::string_view name) {
  const auto number = u256(name);
  if (!fits_u64(number)) return refuse(name, "more than 64 bits"), 0;
  return static_cast<std::uint64_t>(number);
}

void Reader::end() {
  if (!done()) refuse("after the last field", std::to_string(rest_.size()) + " bytes too many");
}

void put(Bytes& out, BytesView string) {
  if (string.size() != 1 || string[0] >= 0x80) put_head(out, 0x80, string.size());
  append(out, string);
}

void put(Bytes& out, const U256& number) {
  const auto word = to_word(number);
  auto digits = word.view();
  while (!digits.empty() && digits[0] == 0) digits = digits.subspan(1);
  put(out, digits);
}

Bytes list_of(BytesView items) {
  Bytes out;
  out.reserve(items.size() + 9);
  put_head(out, 0xc0, items.size());
  append(out, items);
  return out;
}

}  // namespace horae::rlp
