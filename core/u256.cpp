#include "core/u256.hpp"

#include <ios>

namespace horae {

Hash32 to_word(const U256& value) {
  using Limb = boost::multiprecision::limb_type;
  Hash32 out;
  const auto& backend = value.backend();
  for (std::size_t i = 0; i < backend.size(); ++i) {
    const Limb limb = backend.limbs()[i];
    for (std::size_t byte = 0; byte < sizeof limb; ++byte) {
      const auto at = 31 - sizeof limb * i - byte;
      out.bytes[at] = static_cast<std::uint8_t>(limb >> 8 * byte);
    }
  }
  return out;
}

Result<U256> u256_from_bytes(BytesView bytes) {
  if (bytes.size() > 32) return fail("a number of more than 32 bytes");
  // Limb by limb: import_bits goes byte by byte and takes twenty times as long.
  using Limb = boost::multiprecision::limb_type;
  U256 out = 0;
  auto& backend = out.backend();
  const auto limbs = static_cast<unsigned>((bytes.size() + sizeof(Limb) - 1) / sizeof(Limb));
  if (limbs == 0) return out;
  backend.resize(limbs, limbs);
  for (std::size_t i = 0; i < limbs; ++i) {
    Limb limb = 0;
    const auto end = bytes.size() - sizeof limb * i;
    for (auto at = end > sizeof limb ? end - sizeof limb : 0; at < end; ++at) {
      limb = limb << 8 | bytes[at];
    }
    backend.limbs()[i] = limb;
  }
  backend.normalize();
  return out;
}

U256 from_word(const Hash32& word) {
  using Limb = boost::multiprecision::limb_type;
  static_assert(sizeof(Limb) == 8);
  static constexpr unsigned limbs = 4;
  U256 out = 0;
  auto& backend = out.backend();
  backend.resize(limbs, limbs);
  for (unsigned i = 0; i < limbs; ++i) {
    std::uint64_t limb = 0;
    std::memcpy(&limb, word.bytes.data() + 8 * (limbs - 1 - i), sizeof limb);
    backend.limbs()[i] = __builtin_bswap64(limb);
  }
  backend.normalize();
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
