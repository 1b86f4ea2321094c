#pragma once

#include <memory>

#include "core/crypto/secp256k1.hpp"
#include "edges/ports.hpp"

namespace horae {

/// The only member of a key: this node, which holds all of it.
class LocalMember : public MemberPort {
 public:
  explicit LocalMember(std::shared_ptr<const SecretKey> key) : key_(std::move(key)) {}
  Result<Signature> sign(const Hash32& digest) override { return horae::sign(digest, *key_); }

 private:
  std::shared_ptr<const SecretKey> key_;
};

}  // namespace horae
