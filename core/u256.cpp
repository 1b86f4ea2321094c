#include "core/u256.hpp"

#include <ios>

namespace horae {

Hash32 to_word(const U256& value) {
  Hash32 out;
  U256 rest = value;
  for (std::size_t i = 32; i-- > 0 && rest != 0;) {
    out.bytes[i] = static_cast<std::uint8_t>(static_cast<unsigned>(rest & 0xff));
    rest >>= 8;
  }
  return out;
}

Result<U256> u256_from_bytes(BytesView bytes) {
  if (bytes.size() > 32) return fail("a number of more than 32 bytes");
  U256 out = 0;
  if (!bytes.empty()) {
    boost::multiprecision::import_bits(out, bytes.begin(), bytes.end(), 8, true);
  }
  return out;
}

Result<U256> u256_from_decimal(std::string_view digits) {
  if (digits.empty() || digits.size() > 78) return fail("not a decimal number of 1 to 78 digits");
  boost::multiprecision::cpp_int wide = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return fail("not a decimal digit");
    wide = wide * 10 + (c - '0');
  }
  if (wide > boost::multiprecision::cpp_int(std::numeric_limits<U256>::max())) {
    return fail("more than 2^256 - 1");
  }
  return U256(wide);
}

std::string to_quantity(const U256& value) { return "0x" + value.str(0, std::ios_base::hex); }

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
