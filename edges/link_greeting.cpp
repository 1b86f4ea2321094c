#include "edges/link_greeting.hpp"

#include "core/crypto/secp256k1.hpp"
#include "core/hash.hpp"

namespace horae {

Hash32 greeting_digest(LinkRole role, std::string_view pool, const Address& to,
                       const Hash32& channel) {
  Bytes text;
  append(text, as_bytes("horae link 1"));
  text.push_back(static_cast<std::uint8_t>(role));
  // A name has at most 50 bytes (schemas/pool.capnp).
  text.push_back(static_cast<std::uint8_t>(pool.size()));
  append(text, as_bytes(pool));
  append(text, to.view());
  append(text, channel.view());
  return sha256(text);
}

Bytes write_greeting(const SecretKey& key, LinkRole role, std::string_view pool, const Address& to,
                     const Hash32& channel) {
  Bytes out;
  append(out, address_of(public_key(key)).view());
  append(out, sign(greeting_digest(role, pool, to, channel), key).view());
  return out;
}

Result<Address> read_greeting(BytesView greeting, LinkRole role, std::string_view pool,
                              const Address& to, const Hash32& channel) {
  if (greeting.size() != greeting_bytes) return fail("a greeting of another length");
  const auto who = Address::from(greeting.first(Address::size));
  const auto signature = Signature::from(greeting.subspan(Address::size));
  if (!who || !signature) return fail("a greeting of another form");
  const auto key = recover(greeting_digest(role, pool, to, channel), *signature);
  if (!key || address_of(*key) != *who) {
    return fail("a greeting whose signature is not of " + to_hex(*who));
  }
  return *who;
}

}  // namespace horae
