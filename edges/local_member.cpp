#include "edges/local_member.hpp"

#include "core/crypto/secp256k1.hpp"

namespace horae {

Result<Signature> LocalMember::sign(const Hash32& digest) { return horae::sign(digest, *key_); }

}  // namespace horae
