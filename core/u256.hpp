#pragma once

#include <array>
#include <compare>
#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "core/bytes.hpp"

namespace horae {

/// An unsigned 256-bit integer that wraps as the EVM's does. Boost.Multiprecision computes what is
/// more than adding and comparing; it stands behind this type and not in it, since its header costs
/// every file that includes it some seconds of compilation.
class U256 {
 public:
  constexpr U256() = default;
  /// A negative number wraps, as everything here does.
  template <std::integral T>
  constexpr U256(
      T value)  // NOLINT(google-explicit-constructor): numbers mix with it as with others
      : limbs_{static_cast<std::uint64_t>(value), fill(value), fill(value), fill(value)} {}
  /// Decimal digits; stops on anything else: for constants (u256_from_decimal takes texts).
  explicit U256(std::string_view digits);
  explicit U256(const char* digits) : U256(std::string_view(digits)) {}
  /// Four words, the lowest first.
  explicit constexpr U256(const std::array<std::uint64_t, 4>& limbs) : limbs_(limbs) {}

  /// 2^256 - 1
  [[nodiscard]] static constexpr U256 max() { return ~U256(); }
  [[nodiscard]] constexpr const std::array<std::uint64_t, 4>& limbs() const { return limbs_; }
  /// The lowest bits.
  template <std::integral T>
  explicit constexpr operator T() const {
    return static_cast<T>(limbs_[0]);
  }
  explicit constexpr operator bool() const { return *this != U256(); }

  constexpr U256& operator+=(const U256& other) {
    bool carry = false;
    for (std::size_t i = 0; i < limbs_.size(); ++i) {
      std::uint64_t sum = 0;
      const bool first = __builtin_add_overflow(limbs_[i], other.limbs_[i], &sum);
      const bool second = __builtin_add_overflow(sum, std::uint64_t{carry}, &limbs_[i]);
      carry = first || second;
    }
    return *this;
  }
  constexpr U256& operator-=(const U256& other) { return *this += -other; }
  U256& operator*=(const U256& other);
  /// Division by zero stops.
  U256& operator/=(const U256& other);
  U256& operator%=(const U256& other);
  U256& operator<<=(unsigned bits);
  U256& operator>>=(unsigned bits);
  constexpr U256& operator++() { return *this += 1; }
  constexpr U256& operator--() { return *this -= 1; }
  constexpr U256 operator++(int) {
    const auto before = *this;
    ++*this;
    return before;
  }

  [[nodiscard]] constexpr U256 operator~() const {
    return U256({~limbs_[0], ~limbs_[1], ~limbs_[2], ~limbs_[3]});
  }
  [[nodiscard]] constexpr U256 operator-() const { return ~*this + 1; }
  friend constexpr U256 operator+(U256 a, const U256& b) { return a += b; }
  friend constexpr U256 operator-(U256 a, const U256& b) { return a -= b; }
  friend U256 operator*(U256 a, const U256& b) { return a *= b; }
  friend U256 operator/(U256 a, const U256& b) { return a /= b; }
  friend U256 operator%(U256 a, const U256& b) { return a %= b; }
  friend U256 operator<<(U256 a, unsigned bits) { return a <<= bits; }
  friend U256 operator>>(U256 a, unsigned bits) { return a >>= bits; }
  friend constexpr bool operator==(const U256&, const U256&) = default;
  friend constexpr std::strong_ordering operator<=>(const U256& a, const U256& b) {
    for (std::size_t i = a.limbs_.size(); i-- > 0;) {
      if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] <=> b.limbs_[i];
    }
    return std::strong_ordering::equal;
  }
  /// Decimal.
  friend std::ostream& operator<<(std::ostream& out, const U256& value);

 private:
  template <std::integral T>
  static constexpr std::uint64_t fill(T value) {
    if constexpr (std::is_signed_v<T>) return value < 0 ? UINT64_MAX : 0;
    return 0;
  }

  std::array<std::uint64_t, 4> limbs_{};
};

/// 32 bytes, big-endian.
[[nodiscard]] Hash32 to_word(const U256& value);
/// Big-endian bytes of any length up to 32.
[[nodiscard]] Result<U256> u256_from_bytes(BytesView bytes);
[[nodiscard]] U256 from_word(const Hash32& word);

[[nodiscard]] std::string to_decimal(const U256& value);
/// Decimal digits alone, at most 2^256 - 1.
[[nodiscard]] Result<U256> u256_from_decimal(std::string_view digits);

/// An Ethereum JSON-RPC quantity: 0x and hex digits without leading zeros.
[[nodiscard]] std::string to_quantity(const U256& value);
/// Reads a quantity; leading zeros are tolerated, more than 64 digits refused.
[[nodiscard]] Result<U256> u256_from_quantity(std::string_view text);
/// The same for what must fit 64 bits.
[[nodiscard]] Result<std::uint64_t> u64_from_quantity(std::string_view text);

[[nodiscard]] constexpr bool fits_u64(const U256& value) { return value <= U256(UINT64_MAX); }

}  // namespace horae
