#include "core/eth/address.hpp"

#include "core/hash.hpp"

namespace horae {
namespace {

bool has_between(std::string_view text, char first, char last) {
  return std::ranges::any_of(text, [&](char c) { return c >= first && c <= last; });
}

}  // namespace

std::string checksummed(const Address& address) {
  auto out = to_hex(address);
  const auto hash = keccak256(as_bytes(std::string_view(out).substr(2)));
  for (std::size_t i = 0; i < 2 * Address::size; ++i) {
    const auto nibble = (hash.bytes[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 0xf;
    auto& c = out[2 + i];
    if (nibble >= 8 && c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

Result<Address> read_address(std::string_view text) {
  auto read = fixed_from_hex<Address>(text);
  if (!read) return fail("wanted an address (0x and 40 hex digits): " + read.error().what);
  const auto digits = text.substr(2);
  if (!has_between(digits, 'a', 'f') || !has_between(digits, 'A', 'F')) return read;
  const auto right = checksummed(*read);
  if (digits == std::string_view(right).substr(2)) return read;
  return fail("a digit is mistyped, or the case of one: the checksum (EIP-55) of these digits is " +
              right + ", got " + std::string(text));
}

}  // namespace horae
