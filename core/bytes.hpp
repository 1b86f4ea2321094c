#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace horae {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

/// N bytes with a meaning; the tag keeps an address from passing for a hash.
template <std::size_t N, class Tag>
struct FixedBytes {
  static constexpr std::size_t size = N;
  std::array<std::uint8_t, N> bytes{};

  auto operator<=>(const FixedBytes&) const = default;
  [[nodiscard]] BytesView view() const { return bytes; }
  [[nodiscard]] bool is_zero() const {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
  }
  /// Refuses any other length than N.
  static Result<FixedBytes> from(BytesView source) {
    if (source.size() != N) {
      return fail("wanted " + std::to_string(N) + " bytes, got " + std::to_string(source.size()));
    }
    FixedBytes out;
    std::copy(source.begin(), source.end(), out.bytes.begin());
    return out;
  }
};

using Address = FixedBytes<20, struct AddressTag>;
using Hash32 = FixedBytes<32, struct HashTag>;
/// An uncompressed secp256k1 public key without its 04, as LockingPool keeps it.
using PublicKey = FixedBytes<64, struct PublicKeyTag>;
/// r ‖ s ‖ v, v in {0, 1}.
using Signature = FixedBytes<65, struct SignatureTag>;

[[nodiscard]] inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Lower-case hex with 0x.
[[nodiscard]] std::string to_hex(BytesView bytes);
template <std::size_t N, class Tag>
[[nodiscard]] std::string to_hex(const FixedBytes<N, Tag>& value) {
  return to_hex(value.view());
}

/// Reads 0x and an even number of hex digits of either case; refuses anything else.
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);
template <class Fixed>
[[nodiscard]] Result<Fixed> fixed_from_hex(std::string_view text) {
  auto bytes = from_hex(text);
  if (!bytes) return tl::unexpected(bytes.error());
  return Fixed::from(*bytes);
}

/// Puts the bytes at the end of `out`.
inline void append(Bytes& out, BytesView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

/// Hash of a hash: its first eight bytes are as good as any for a table.
struct FixedHasher {
  template <std::size_t N, class Tag>
  std::size_t operator()(const FixedBytes<N, Tag>& value) const {
    std::size_t out = 0;
    std::memcpy(&out, value.bytes.data(), sizeof out);
    return out;
  }
};

}  // namespace horae
