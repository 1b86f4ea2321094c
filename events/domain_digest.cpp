#include "events/domain_digest.hpp"

#include <array>

namespace horae {

void fold(DomainDigest& digest, Domain domain, std::uint16_t kind, BytesView payload) {
  const std::array<std::uint8_t, 3> tag = {static_cast<std::uint8_t>(domain),
                                           static_cast<std::uint8_t>(kind & 0xff),
                                           static_cast<std::uint8_t>(kind >> 8)};
  digest.digest = sha256({digest.digest.view(), tag, payload});
  ++digest.count;
}

}  // namespace horae
