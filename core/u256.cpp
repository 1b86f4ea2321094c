#include "core/u256.hpp"

#include <bit>
#include <cstring>
#include <ios>
#include <ostream>

#include "core/u512.hpp"

namespace horae {
namespace {

using Limb = boost::multiprecision::limb_type;
static_assert(sizeof(Limb) == sizeof(std::uint64_t));

template <class Number>
Number widened(const U256& value) {
  Number out = 0;
  auto& backend = out.backend();
  backend.resize(4, 4);
  for (unsigned i = 0; i < 4; ++i) backend.limbs()[i] = value.limbs()[i];
  backend.normalize();
  return out;
}

template <class Number>
U256 lowest(const Number& value) {
  std::array<std::uint64_t, 4> limbs{};
  const auto& backend = value.backend();
  for (unsigned i = 0; i < backend.size() && i < 4; ++i) limbs[i] = backend.limbs()[i];
  return U256(limbs);
}

// Wraps, and throws on a division by zero.
using Wrapping = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<
    256, 256, boost::multiprecision::unsigned_magnitude, boost::multiprecision::unchecked, void>>;

Wrapping wrapping(const U256& value) { return widened<Wrapping>(value); }

}  // namespace

U512 to_u512(const U256& value) { return widened<U512>(value); }
U256 to_u256(const U512& value) { return lowest(value); }

U256::U256(std::string_view digits) {
  const auto value = u256_from_decimal(digits);
  if (!value) stop("a number in the source: " + value.error().what);
  *this = *value;
}

U256& U256::operator*=(const U256& other) {
  return *this = lowest(Wrapping(wrapping(*this) * wrapping(other)));
}
U256& U256::operator/=(const U256& other) {
  if (!other) stop("a division by zero");
  return *this = lowest(Wrapping(wrapping(*this) / wrapping(other)));
}
U256& U256::operator%=(const U256& other) {
  if (!other) stop("a division by zero");
  return *this = lowest(Wrapping(wrapping(*this) % wrapping(other)));
}
U256& U256::operator<<=(unsigned bits) {
  return *this = bits < 256 ? lowest(Wrapping(wrapping(*this) << bits)) : U256();
}
U256& U256::operator>>=(unsigned bits) {
  return *this = bits < 256 ? lowest(Wrapping(wrapping(*this) >> bits)) : U256();
}

std::ostream& operator<<(std::ostream& out, const U256& value) { return out << to_decimal(value); }

Hash32 to_word(const U256& value) {
  Hash32 out;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto limb = __builtin_bswap64(value.limbs()[3 - i]);
    std::memcpy(out.bytes.data() + 8 * i, &limb, sizeof limb);
  }
  return out;
}

Result<U256> u256_from_bytes(BytesView bytes) {
  if (bytes.size() > 32) return fail("a number of more than 32 bytes");
  Hash32 word;
  std::copy(bytes.begin(), bytes.end(),
            word.bytes.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  return from_word(word);
}

U256 from_word(const Hash32& word) {
  std::array<std::uint64_t, 4> limbs{};
  for (std::size_t i = 0; i < 4; ++i) {
    std::uint64_t limb = 0;
    std::memcpy(&limb, word.bytes.data() + 8 * i, sizeof limb);
    limbs[3 - i] = __builtin_bswap64(limb);
  }
  return U256(limbs);
}

std::string to_decimal(const U256& value) {
  return fits_u64(value) ? std::to_string(value.limbs()[0]) : wrapping(value).str();
}

Result<U256> u256_from_decimal(std::string_view digits) {
  if (digits.empty() || digits.size() > 78) return fail("not a decimal number of 1 to 78 digits");
  U512 wide = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return fail("not a decimal digit");
    wide = wide * 10 + (c - '0');
  }
  if (wide >> 256 != 0) return fail("more than 2^256 - 1");
  return to_u256(wide);
}

std::string to_quantity(const U256& value) {
  return "0x" + wrapping(value).str(0, std::ios_base::hex);
}

Result<U256> u256_from_quantity(std::string_view text) {
  if (!text.starts_with("0x") || text.size() < 3)
    return fail("a quantity must be 0x and hex digits");
  std::string digits(text.substr(2));
  if (digits.size() > 64) return fail("a quantity of more than 256 bits");
  if (digits.size() % 2 != 0) digits.insert(digits.begin(), '0');
  auto bytes = from_hex("0x" + digits);
  if (!bytes) return tl::unexpected(bytes.error());
  return u256_from_bytes(*bytes);
}

Result<std::uint64_t> u64_from_quantity(std::string_view text) {
  auto wide = u256_from_quantity(text);
  if (!wide) return tl::unexpected(wide.error());
  if (!fits_u64(*wide)) return fail("a quantity of more than 64 bits");
  return static_cast<std::uint64_t>(*wide);
}

}  // namespace horae
