#pragma once

#include <string_view>

#include "core/bytes.hpp"
#include "core/crypto/secret.hpp"

// How the two ends of a link between members know each other: each signs, with the key of its
// voice, what this TLS channel alone has (an exporter's value, RFC 8446 7.5), its role and whom it
// speaks to. secp256k1 is no signature scheme of TLS 1.3, so that no certificate can say it; and a
// greeting that is passed on says nothing on another channel.
namespace horae {

/// The name by which TLS is asked for that value, of 32 bytes.
inline constexpr std::string_view link_exporter = "EXPORTER-horae-member-link";

enum class LinkRole : std::uint8_t { dialer = 1, listener = 2 };

/// What is signed: SHA-256 of "horae link 1", the role, the length and the bytes of the pool's
/// name, the address of the other end and the channel's value.
[[nodiscard]] Hash32 greeting_digest(LinkRole role, std::string_view pool, const Address& to,
                                     const Hash32& channel);

/// An address and its signature.
inline constexpr std::size_t greeting_bytes = Address::size + Signature::size;

[[nodiscard]] Bytes write_greeting(const SecretKey& key, LinkRole role, std::string_view pool,
                                   const Address& to, const Hash32& channel);
/// Who greets. Refuses a signature that is not of the address that stands beside it.
[[nodiscard]] Result<Address> read_greeting(BytesView greeting, LinkRole role,
                                            std::string_view pool, const Address& to,
                                            const Hash32& channel);

}  // namespace horae
