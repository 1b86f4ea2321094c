#include "core/eth/bloom.hpp"

#include <algorithm>

#include "core/hash.hpp"

namespace horae {
namespace {

/// A byte of the bloom and a bit in it.
struct BloomBit {
  std::size_t byte;
  std::uint8_t mask;
};

// The low eleven bits of the first three pairs of bytes of the value's hash. Bit 0 is the last.
std::array<BloomBit, 3> bloom_bits(BytesView value) {
  const auto hash = keccak256(value);
  std::array<BloomBit, 3> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto bit = ((hash.bytes[2 * i] & 7u) << 8) | hash.bytes[2 * i + 1];
    out[i] = {LogsBloom::size - 1 - bit / 8, static_cast<std::uint8_t>(1u << (bit % 8))};
  }
  return out;
}

void add_to(LogsBloom& bloom, BytesView value) {
  for (const auto [byte, mask] : bloom_bits(value)) bloom.bytes[byte] |= mask;
}

}  // namespace

bool may_have(const LogsBloom& bloom, const Address& address) {
  return std::ranges::all_of(bloom_bits(address.view()), [&](const BloomBit& bit) {
    return (bloom.bytes[bit.byte] & bit.mask) != 0;
  });
}

LogsBloom bloom_of(std::span<const EthLog> logs) {
  LogsBloom out;
  for (const auto& log : logs) {
    add_to(out, log.address.view());
    for (const auto& topic : log.topics) add_to(out, topic.view());
  }
  return out;
}

}  // namespace horae
