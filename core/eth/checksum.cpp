#include "core/eth/checksum.hpp"

#include "core/hash.hpp"

namespace horae {

std::string checksummed(const Address& address) {
  auto out = to_hex(address);
  const Bytes digits(out.begin() + 2, out.end());
  const auto hash = to_hex(keccak256(digits));
  for (std::size_t i = 2; i < out.size(); ++i) {
    if (out[i] >= 'a' && hash[i] >= '8') out[i] = static_cast<char>(out[i] - 'a' + 'A');
  }
  return out;
}

}  // namespace horae
