#include "core/eth/abi.hpp"

#include "core/hash.hpp"

namespace horae {
namespace {

constexpr std::size_t word_size = 32;

std::size_t padded(std::size_t size) { return (size + word_size - 1) / word_size * word_size; }

void append_word(Bytes& out, const U256& value) { append(out, to_word(value).view()); }

Bytes encoded_address(const Address& value) {
  Bytes out(word_size - Address::size);
  append(out, value.view());
  return out;
}

}  // namespace

Selector abi_selector(std::string_view signature) {
  const auto hash = keccak256(as_bytes(signature));
  Selector out;
  std::copy_n(hash.bytes.begin(), out.size(), out.begin());
  return out;
}

Hash32 abi_topic(std::string_view signature) { return keccak256(as_bytes(signature)); }

Result<Address> abi_address(const Hash32& word) {
  constexpr auto zeros = word_size - Address::size;
  const auto bytes = word.view();
  if (!std::ranges::all_of(bytes.first(zeros), [](auto byte) { return byte == 0; })) {
    return fail("a word that is no address");
  }
  return Address::from(bytes.subspan(zeros));
}

Result<bool> abi_boolean(const Hash32& word) {
  const auto value = from_word(word);
  if (value > 1) return fail("a word that is no bool");
  return value == 1;
}

Result<Hash32> AbiReader::word(std::size_t index) const {
  // index counts values of a signature: far from overflow.
  const auto start = index * word_size;
  if (start + word_size > bytes_.size()) {
    return fail("value " + std::to_string(index) + " lies behind the " +
                std::to_string(bytes_.size()) + " bytes");
  }
  return Hash32::from(bytes_.subspan(start, word_size));
}

Result<U256> AbiReader::number(std::size_t index) const { return word(index).map(from_word); }

Result<Address> AbiReader::address(std::size_t index) const {
  return word(index).and_then(abi_address);
}

Result<bool> AbiReader::boolean(std::size_t index) const {
  return word(index).and_then(abi_boolean);
}

Result<AbiReader::Tail> AbiReader::tail(std::size_t index, std::size_t element_size) const {
  const auto offset = number(index);
  if (!offset) return tl::unexpected(offset.error());
  if (*offset > bytes_.size() || bytes_.size() - static_cast<std::size_t>(*offset) < word_size) {
    return fail("the offset of value " + std::to_string(index) + " leads behind the end");
  }
  const auto at = static_cast<std::size_t>(*offset);
  const auto length = from_word(*Hash32::from(bytes_.subspan(at, word_size)));
  const auto start = at + word_size;
  if (length > (bytes_.size() - start) / element_size) {
    return fail("value " + std::to_string(index) + " is longer than the bytes");
  }
  return Tail{start, static_cast<std::size_t>(length)};
}

Result<Bytes> AbiReader::bytes(std::size_t index) const {
  const auto at = tail(index, 1);
  if (!at) return tl::unexpected(at.error());
  if (padded(at->length) > bytes_.size() - at->start) {
    return fail("value " + std::to_string(index) + " without its padding");
  }
  const auto rest = bytes_.subspan(at->start + at->length, padded(at->length) - at->length);
  if (!std::ranges::all_of(rest, [](auto byte) { return byte == 0; })) {
    return fail("value " + std::to_string(index) + " is padded with something");
  }
  const auto content = bytes_.subspan(at->start, at->length);
  return Bytes(content.begin(), content.end());
}

Result<std::vector<U256>> AbiReader::numbers(std::size_t index) const {
  const auto at = tail(index, word_size);
  if (!at) return tl::unexpected(at.error());
  std::vector<U256> out;
  out.reserve(at->length);
  for (std::size_t i = 0; i < at->length; ++i) {
    out.push_back(*u256_from_bytes(bytes_.subspan(at->start + i * word_size, word_size)));
  }
  return out;
}

Result<std::vector<Address>> AbiReader::addresses(std::size_t index) const {
  const auto at = tail(index, word_size);
  if (!at) return tl::unexpected(at.error());
  std::vector<Address> out;
  out.reserve(at->length);
  for (std::size_t i = 0; i < at->length; ++i) {
    const auto value =
        abi_address(*Hash32::from(bytes_.subspan(at->start + i * word_size, word_size)));
    if (!value) return tl::unexpected(value.error());
    out.push_back(*value);
  }
  return out;
}

AbiWriter& AbiWriter::number(const U256& value) {
  Value out;
  append_word(out.encoded, value);
  values_.push_back(std::move(out));
  return *this;
}

AbiWriter& AbiWriter::address(const Address& value) {
  values_.push_back({false, encoded_address(value)});
  return *this;
}

AbiWriter& AbiWriter::boolean(bool value) { return number(value ? 1 : 0); }

AbiWriter& AbiWriter::bytes(BytesView value) {
  Value out{true, {}};
  append_word(out.encoded, U256(value.size()));
  append(out.encoded, value);
  out.encoded.resize(word_size + padded(value.size()));
  values_.push_back(std::move(out));
  return *this;
}

AbiWriter& AbiWriter::numbers(const std::vector<U256>& values) {
  Value out{true, {}};
  append_word(out.encoded, U256(values.size()));
  for (const auto& value : values) append_word(out.encoded, value);
  values_.push_back(std::move(out));
  return *this;
}

AbiWriter& AbiWriter::addresses(const std::vector<Address>& values) {
  Value out{true, {}};
  append_word(out.encoded, U256(values.size()));
  for (const auto& value : values) append(out.encoded, BytesView(encoded_address(value)));
  values_.push_back(std::move(out));
  return *this;
}

Bytes AbiWriter::take() const {
  Bytes head, tails;
  const auto head_size = values_.size() * word_size;
  for (const auto& value : values_) {
    if (value.dynamic) {
      append_word(head, U256(head_size + tails.size()));
      append(tails, BytesView(value.encoded));
    } else {
      append(head, BytesView(value.encoded));
    }
  }
  append(head, BytesView(tails));
  return head;
}

Bytes AbiWriter::call(std::string_view signature) const {
  const auto selector = abi_selector(signature);
  Bytes out(selector.begin(), selector.end());
  append(out, BytesView(take()));
  return out;
}

}  // namespace horae
